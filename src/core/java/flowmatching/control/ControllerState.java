package flowmatching.control;

/** What a controller is doing. */
public enum ControllerState {
  UNCONFIGURED("No policy is loaded."),
  INACTIVE("Ready; no commands are published until ~/enable is called."),
  ACTIVE("The policy commands the robot."),
  HOLDING("The robot is held where it is until the cause has passed."),
  STOPPING("The robot is being brought to rest."),
  ERROR("Something failed that does not mend itself; reset when it is mended.");

  private final String sentence;

  ControllerState(String sentence) {
    this.sentence = sentence;
  }

  /** What the state means, for a person. */
  public String sentence() {
    return sentence;
  }
}
