package flowmatching.control;

/** What one value of an action means, and so how it may be brought from the action rate to the control rate. */
public enum ActionKind {
  /** A position. Between two actions it is interpolated linearly; at rest it is held. */
  ABSOLUTE,

  /**
   * A change of position for one action. It is never sampled: a command is the part of the motion that falls to its interval, so
   * the commands add up to what the actions add up to. At rest it is 0.
   */
  DELTA,

  /** A velocity, a second. A command is the mean velocity over its interval. At rest it is 0. */
  VELOCITY,

  /** Open or closed, with hysteresis ({@link Gripper}). */
  GRIPPER
}
