package flowmatching.control;

/**
 * A state and why.
 *
 * @param state what the controller is doing
 * @param reason one sentence for the person at the robot
 * @param latched true after an emergency stop: only a reset leads on
 */
public record ControllerStatus(ControllerState state, String reason, boolean latched) {
  ControllerStatus(ControllerState state, String reason) {
    this(state, reason, false);
  }

  /** State and reason in one line. */
  @Override
  public String toString() {
    return state + " (" + reason + ")";
  }
}
