package flowmatching.control;

/** The graph's clock under {@code use_sim_time}: the last stamp of /clock. */
final class SimulatedClock implements ControlClock {
  /** What {@link #now} says before the first stamp. */
  static final long NOT_STARTED = Long.MIN_VALUE;

  private final ControlClock machine;
  private volatile long stamp = NOT_STARTED;

  SimulatedClock(ControlClock machine) {
    this.machine = machine;
  }

  /** Takes a stamp; true where time went backwards. */
  synchronized boolean set(long stamp) {
    boolean back = stamp < this.stamp;
    this.stamp = stamp;
    return back;
  }

  @Override
  public long now() {
    return stamp;
  }

  @Override
  public long monotonic() {
    return machine.monotonic();
  }
}
