package flowmatching.ros.message;

/**
 * {@code rcl_interfaces/msg/SetParametersResult}.
 *
 * @param successful whether the values were taken
 * @param reason why not, empty where they were
 */
public record SetParametersResult(boolean successful, String reason) {
  public static final SetParametersResult SUCCESS = new SetParametersResult(true, "");
}
