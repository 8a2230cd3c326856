package flowmatching.control;

/** The two clocks that a controller needs. Both are called from several threads. */
public interface ControlClock {
  /** Nanoseconds of the clock that stamps messages. It may jump. */
  long now();

  /** Nanoseconds from an arbitrary origin that never run backwards: deadlines, durations. */
  long monotonic();

  /** The machine's own clocks: ROS time without {@code use_sim_time}. Reading them allocates nothing. */
  static ControlClock system() {
    return SystemClock.INSTANCE;
  }
}
