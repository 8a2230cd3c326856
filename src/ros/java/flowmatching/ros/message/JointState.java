package flowmatching.ros.message;

import java.util.List;

/**
 * {@code sensor_msgs/msg/JointState}. Each array is as long as {@code name}, or empty where the sender does not know.
 *
 * @param header when it was measured
 * @param name the joints
 * @param position rad or m
 * @param velocity rad/s or m/s
 * @param effort Nm or N
 */
public record JointState(Header header, List<String> name, double[] position, double[] velocity, double[] effort) {
  public static final MessageType<JointState> TYPE = new MessageType<>("sensor_msgs/msg/JointState", JointState.class);

  public JointState {
    name = List.copyOf(name);
  }
}
