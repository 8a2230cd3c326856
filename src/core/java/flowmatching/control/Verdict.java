package flowmatching.control;

/** What the guard made of a command. */
public enum Verdict {
  /** Published as asked. */
  OK,
  /** Published after values were brought within limits. */
  CLAMPED,
  /** Not published; the robot is held. */
  REJECTED
}
