package flowmatching.control;

/** Both clocks stand still until a test moves them. */
final class ManualClock implements ControlClock {
  private volatile long now = 1_000_000_000_000L;
  private volatile long monotonic = 5_000;

  @Override
  public long now() {
    return now;
  }

  @Override
  public long monotonic() {
    return monotonic;
  }

  void advance(long nanoseconds) {
    now += nanoseconds;
    monotonic += nanoseconds;
  }

  /** Moves the graph's clock alone. */
  void jump(long nanoseconds) {
    now += nanoseconds;
  }
}
