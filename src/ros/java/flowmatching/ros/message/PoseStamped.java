package flowmatching.ros.message;

/** {@code geometry_msgs/msg/PoseStamped}: a pose in the frame that the header names, at its stamp. */
public record PoseStamped(Header header, Pose pose) {
  public static final MessageType<PoseStamped> TYPE = new MessageType<>("geometry_msgs/msg/PoseStamped", PoseStamped.class);
}
