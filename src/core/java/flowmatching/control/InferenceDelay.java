package flowmatching.control;

import java.util.Arrays;

/**
 * How long it takes from the request to the chunk: the longest of the last ten times. A mean would be late every other time. The
 * worker writes, the loop reads.
 */
final class InferenceDelay {
  private final long[] recent = new long[10];
  private int measured;
  private volatile long longest;

  /** Adds a measurement, nanoseconds of the graph's clock. */
  void add(long nanoseconds) {
    recent[measured++ % recent.length] = Math.max(0, nanoseconds);
    longest = Arrays.stream(recent).max().getAsLong();
  }

  /** Forgets what another policy took. */
  void clear() {
    Arrays.fill(recent, 0);
    longest = 0;
  }

  /** Nanoseconds of the graph's clock; 0 before the first inference. */
  long longest() {
    return longest;
  }
}
