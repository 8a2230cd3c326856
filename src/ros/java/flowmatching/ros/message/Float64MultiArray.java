package flowmatching.ros.message;

/**
 * {@code std_msgs/msg/Float64MultiArray}, the command of ros2_control's {@code forward_command_controller}.
 *
 * @param layout how the values are arranged
 * @param data the values; shared between all receivers and not to be changed
 */
public record Float64MultiArray(MultiArrayLayout layout, double[] data) {
  public static final MessageType<Float64MultiArray> TYPE =
      new MessageType<>("std_msgs/msg/Float64MultiArray", Float64MultiArray.class);
}
