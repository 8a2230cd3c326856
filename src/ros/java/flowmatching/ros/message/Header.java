package flowmatching.ros.message;

/**
 * {@code std_msgs/msg/Header}.
 *
 * @param stamp when the data was taken
 * @param frameId the coordinate frame it belongs to, may be empty
 */
public record Header(Time stamp, String frameId) {
  /** No stamp and no frame. */
  public static final Header EMPTY = new Header(Time.ZERO, "");
}
