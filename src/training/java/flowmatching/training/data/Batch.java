package flowmatching.training.data;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * Samples for one forward and backward pass, as the trainer feeds them. Numbers are normalised and padded already; pictures are raw,
 * because resizing them belongs to the network's side.
 *
 * <p>Sizes: B samples, T actions a chunk, S max_state_dim, A max_action_dim. Every buffer is direct and of native byte order, is read
 * from index 0 whatever its position, and belongs to the {@link BatchSource}.
 *
 * @param size B, 1 or more
 * @param images by feature key of the policy's configuration, as recorded and augmented; a camera that the data lacks is absent
 * @param state [B, S], normalised, then zero-padded
 * @param actions [B, T, A], normalised, then zero-padded; beyond an episode's end the robot holds still: absolute values repeat the
 *     last ones, deltas and velocities are zero before they are normalised
 * @param actionIsPad [B, T], 1 where the action lies beyond the episode's end, else 0; whether these are trained is the trainer's choice
 * @param indices B global indices in the data set, to name samples in messages
 * @param draws B numbers: which draw of the whole run a sample is. Draw d of a run is the same sample, augmented the same way, whatever
 *     the number of processes and whether the run was interrupted; noise and flow time are keyed by it
 */
public record Batch(
    int size, Map<String, Pictures> images, FloatBuffer state, FloatBuffer actions, ByteBuffer actionIsPad, int[] indices,
    long[] draws) {
  /**
   * One camera's pictures.
   *
   * @param height H, rows of each
   * @param width W, pixels of each row
   * @param pixels bytes [B, H, W, 3] as {@link flowmatching.image.RgbImage} holds them
   */
  public record Pictures(int height, int width, ByteBuffer pixels) {}
}
