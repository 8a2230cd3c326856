package flowmatching.runtime;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.image.RgbImage;
import java.nio.FloatBuffer;
import java.util.Set;

/**
 * A network that is loaded and ready: an observation is encoded once, then the flow is integrated as often as wanted.
 *
 * <p>Used by one thread at a time. Sizes: C camera slots, H and W the network's picture, T actions a chunk, A max_action_dim. Where
 * {@link #batch} is above 1, every buffer and array has that many observations behind each other, and guidance is null.
 */
public interface PolicySession extends AutoCloseable {
  /** Which runtime, version, device, precision and threads really run, for logs and reports. */
  String description();

  /** Observations of one run; 1 unless the runtime can do what {@link RuntimeOptions#batch} asked for. */
  default int batch() {
    return 1;
  }

  /** The pictures [C, 3, H, W], values 0 to 1, to be filled before {@link #encodeImages}; a direct buffer of the session's own. */
  FloatBuffer images();

  /** The state [max_state_dim], normalised and zero-padded, to be filled before {@link #encodeState}. */
  FloatBuffer state();

  /**
   * Runs the vision encoder on what {@link #images} holds; nothing without cameras.
   *
   * @param present one a camera slot, whether it has a picture; those without are masked out and cost nothing
   */
  void encodeImages(boolean[] present);

  /** Whether {@link #encodeImages(boolean[], RgbImage[])} resizes pictures of this size itself. */
  default boolean resizes(int width, int height) {
    return false;
  }

  /**
   * Runs the vision encoder on pictures of which some are resized here, where the network runs.
   *
   * @param pictures one a camera slot: a picture of a size that {@link #resizes}, or null where {@link #images} holds it
   */
  default void encodeImages(boolean[] present, RgbImage[] pictures) {
    encodeImages(present);
  }

  /** The pictures [C, 3, H, W] that the last {@link #encodeImages} ran on, wherever they were resized. */
  default FloatBuffer encodedImages() {
    return images();
  }

  /** Runs the conditioning network on the pictures encoded last and on what {@link #state} holds. */
  void encodeState();

  /** Tokens [C, tokens, d] of the last {@link #encodeImages}, the class token first; zeros in slots without a picture. */
  FloatBuffer visionTokens();

  /** The condition [hidden_dim] of the last {@link #encodeState}. */
  FloatBuffer condition();

  /**
   * Integrates the flow for the observation encoded last.
   *
   * @param plan which evaluations to make
   * @param guidance draws the flow to a target, or null
   * @param x [T, A], starts as noise, ends as normalised actions
   */
  void integrate(IntegrationPlan plan, Guidance guidance, float[] x);

  /**
   * One evaluation of the velocity for the observation encoded last.
   *
   * @param x [T, A]
   * @param t flow time, 1 (noise) to 0 (action)
   * @param velocity receives [T, A]
   */
  void velocity(float[] x, float t, float[] velocity);

  /** The embedding [hidden_dim] of a flow time, as this runtime computes it. */
  float[] timeEmbedding(float t);

  /** Quantities of {@code flowmatching.conformance} that this runtime cannot give, by name; empty as a rule. */
  default Set<String> unsupported() {
    return Set.of();
  }

  /** Frees native memory. */
  @Override
  void close();
}
