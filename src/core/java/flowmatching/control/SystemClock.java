package flowmatching.control;

/**
 * Wall clock time with the resolution of the monotonic clock. {@code Instant.now()} would allocate at every tick and
 * {@code currentTimeMillis()} moves by a millisecond at a time, so the distance of the two clocks is kept and corrected when the
 * wall clock was adjusted.
 */
final class SystemClock implements ControlClock {
  private static final long MILLISECOND = 1_000_000;

  private volatile long offset = System.currentTimeMillis() * MILLISECOND - System.nanoTime();

  @Override
  public long now() {
    long monotonic = System.nanoTime();
    long now = monotonic + offset;
    long wall = System.currentTimeMillis() * MILLISECOND;
    if (now < wall - MILLISECOND || now > wall + 2 * MILLISECOND) {
      offset = wall - monotonic;
      return wall;
    }
    return now;
  }

  @Override
  public long monotonic() {
    return System.nanoTime();
  }
}
