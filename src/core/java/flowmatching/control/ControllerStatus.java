package flowmatching.control;

/**
 * A state and why.
 *
 * @param state what the controller is doing
 * @param reason one sentence for the person at the robot
 * @param latched true after an emergency stop: only a reset leads on
 */
public record ControllerStatus(ControllerState state, String reason, boolean latched) {
  /** After the clock jumped, until the robot's streams and the policy have begun anew. */
  public static final ControllerStatus CLOCK_JUMPED =
      new ControllerStatus(ControllerState.HOLDING, "the clock jumped; waiting for new samples and a new chunk");

  ControllerStatus(ControllerState state, String reason) {
    this(state, reason, false);
  }

  /** State and reason in one line. */
  @Override
  public String toString() {
    return state + " (" + reason + ")";
  }
}
