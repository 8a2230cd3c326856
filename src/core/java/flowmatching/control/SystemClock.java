package flowmatching.control;

import java.time.Instant;

/**
 * Wall clock time with the resolution of the monotonic clock. {@code Instant.now()} would allocate at every tick and
 * {@code currentTimeMillis()} moves by a millisecond at a time, so the distance of the two clocks is kept and corrected when the
 * wall clock was adjusted.
 */
final class SystemClock implements ControlClock {
  private static final long MILLISECOND = 1_000_000;

  /** One for the process: two would differ by what passes between reading the two clocks. */
  static final SystemClock INSTANCE = new SystemClock();

  private volatile long offset = wall() - System.nanoTime();

  private SystemClock() {}

  private static long wall() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public long now() {
    long monotonic = System.nanoTime();
    long now = monotonic + offset;
    long wall = System.currentTimeMillis() * MILLISECOND;
    if (now < wall - MILLISECOND || now > wall + 2 * MILLISECOND) {
      offset = wall() - System.nanoTime();
      return monotonic + offset;
    }
    return now;
  }

  @Override
  public long monotonic() {
    return System.nanoTime();
  }
}
