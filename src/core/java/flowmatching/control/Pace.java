package flowmatching.control;

/** Decides when the loop ticks. Belongs to the loop thread. */
interface Pace {
  /** Ticks where a tick is due. Returns for how long there is nothing to do, nanoseconds; 0 to be called again at once. */
  long step();
}
