package flowmatching.ros.message;

/**
 * {@code builtin_interfaces/msg/Time}: an instant.
 *
 * @param sec whole seconds, may be negative
 * @param nanosec nanoseconds after {@code sec}, 0 to 999,999,999
 */
public record Time(int sec, int nanosec) {
  /** The epoch, and what a message carries whose sender sets no stamp. */
  public static final Time ZERO = new Time(0, 0);

  private static final long NANOSECONDS_A_SECOND = 1_000_000_000L;

  /** From nanoseconds since the epoch. */
  public static Time ofNanoseconds(long nanoseconds) {
    return new Time(
        (int) Math.floorDiv(nanoseconds, NANOSECONDS_A_SECOND), (int) Math.floorMod(nanoseconds, NANOSECONDS_A_SECOND));
  }

  /** Nanoseconds since the epoch. */
  public long toNanoseconds() {
    return sec * NANOSECONDS_A_SECOND + Integer.toUnsignedLong(nanosec);
  }
}
