package flowmatching.control;

import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** A histogram of durations, 1 microsecond to 10 minutes with three digits. Recording waits for nobody and allocates nothing. */
public final class Latency {
  private static final long HIGHEST = 600_000_000L;

  private final AtomicHistogram microseconds = new AtomicHistogram(1, HIGHEST, 3);

  Latency() {}

  /** Counts one duration in nanoseconds; beyond the range it counts as the range's end. */
  void record(long nanoseconds) {
    microseconds.recordValue(Math.max(0, Math.min(HIGHEST, nanoseconds / 1000)));
  }

  /** A copy in microseconds that nobody writes to. */
  public Histogram microseconds() {
    Histogram copy = new Histogram(microseconds.getLowestDiscernibleValue(), HIGHEST, 3);
    copy.add(microseconds);
    return copy;
  }
}
