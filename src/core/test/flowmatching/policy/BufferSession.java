package flowmatching.policy;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import java.nio.FloatBuffer;

/** A session without a network: it has the buffers that an observation is written into and remembers what it was called with. */
final class BufferSession implements PolicySession {
  private final FloatBuffer images;
  private final FloatBuffer state;
  boolean[] present;
  /** Pictures up to this width are said to be resized by the session. */
  int resizedWidth;
  /** What was left to the session to resize, by slot. */
  RgbImage[] unresized;
  int statesEncoded;

  BufferSession(FlowMatchingConfig config) {
    images = FloatBuffer.allocate(config.cameras().size() * 3 * config.imageHeight() * config.imageWidth());
    state = FloatBuffer.allocate(config.maxStateDim());
  }

  @Override
  public String description() {
    return "buffers";
  }

  @Override
  public FloatBuffer images() {
    return images;
  }

  @Override
  public FloatBuffer state() {
    return state;
  }

  @Override
  public void encodeImages(boolean[] slots) {
    present = slots.clone();
  }

  @Override
  public boolean resizes(int width, int height) {
    return width <= resizedWidth;
  }

  @Override
  public void encodeImages(boolean[] slots, RgbImage[] pictures) {
    unresized = pictures.clone();
    encodeImages(slots);
  }

  @Override
  public void encodeState() {
    statesEncoded++;
  }

  @Override
  public FloatBuffer visionTokens() {
    throw new UnsupportedOperationException();
  }

  @Override
  public FloatBuffer condition() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void velocity(float[] x, float t, float[] velocity) {
    throw new UnsupportedOperationException();
  }

  @Override
  public float[] timeEmbedding(float t) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
