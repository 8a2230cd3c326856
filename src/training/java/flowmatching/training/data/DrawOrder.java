package flowmatching.training.data;

import java.util.SplittableRandom;

/**
 * Which frame each draw of a run shows. A run draws without end: epoch after epoch, each a shuffle of its own of all frames. A draw
 * depends on its number and the seed alone, so an interrupted run goes on where it was.
 *
 * <p>Not safe for use by several threads at once.
 */
final class DrawOrder {
  private final int[] frames;
  private final long seed;
  private final int[] shuffled;
  private long epoch = -1;

  /** @param frames global indices in the data set, at least one */
  DrawOrder(int[] frames, long seed) {
    this.frames = frames.clone();
    this.seed = seed;
    this.shuffled = new int[frames.length];
  }

  /** Frames of an epoch. */
  int size() {
    return frames.length;
  }

  /** The global index that a draw shows; draws are counted from 0. */
  int frame(long draw) {
    if (draw / frames.length != epoch) {
      shuffle(draw / frames.length);
    }
    return shuffled[(int) (draw % frames.length)];
  }

  /** Fisher and Yates, from the same start each time. */
  private void shuffle(long number) {
    epoch = number;
    SplittableRandom random = DrawRandom.of(seed, number, DrawRandom.Purpose.ORDER);
    System.arraycopy(frames, 0, shuffled, 0, frames.length);
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = kept;
    }
  }
}
