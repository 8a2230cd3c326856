package flowmatching.ros.graph;

import flowmatching.control.ControlClock;
import java.util.function.LongConsumer;

/** A node's clock: nanoseconds since the epoch (system), or since whatever the simulator counts from. */
public interface GraphClock extends ControlClock {
  /** The time now, nanoseconds; 0 where {@link #started} is false. Allocates nothing. It may jump, also backwards. */
  @Override
  long now();

  /** Whether {@code /clock} drives it. */
  boolean simulated();

  /** Whether the time is known: always for the system's clock, from the first {@code /clock} message on for a simulated one. */
  boolean started();

  /**
   * Calls {@code listener} with the new time, in nanoseconds, after each message on {@code /clock}, on the adapter's thread; a
   * clock that is not simulated never calls it.
   *
   * @param listener must return soon, it holds up the node's other callbacks
   * @return ends the calls when it is closed
   */
  Endpoint onStep(LongConsumer listener);
}
