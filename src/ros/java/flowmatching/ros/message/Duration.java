package flowmatching.ros.message;

/**
 * {@code builtin_interfaces/msg/Duration}: a span of time.
 *
 * @param sec whole seconds, may be negative
 * @param nanosec nanoseconds added to {@code sec}, 0 to 999,999,999
 */
public record Duration(int sec, int nanosec) {
  public static final Duration ZERO = new Duration(0, 0);

  /** From nanoseconds. */
  public static Duration ofNanoseconds(long nanoseconds) {
    Time time = Time.ofNanoseconds(nanoseconds);
    return new Duration(time.sec(), time.nanosec());
  }

  /** The span in nanoseconds. */
  public long toNanoseconds() {
    return new Time(sec, nanosec).toNanoseconds();
  }
}
