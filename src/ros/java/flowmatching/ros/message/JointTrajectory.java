package flowmatching.ros.message;

import java.util.List;

/**
 * {@code trajectory_msgs/msg/JointTrajectory}.
 *
 * @param header when it starts; a zero stamp means at once
 * @param jointNames the joints, in the order of the points' values
 * @param points in order of time
 */
public record JointTrajectory(Header header, List<String> jointNames, List<JointTrajectoryPoint> points) {
  public static final MessageType<JointTrajectory> TYPE =
      new MessageType<>("trajectory_msgs/msg/JointTrajectory", JointTrajectory.class);

  public JointTrajectory {
    jointNames = List.copyOf(jointNames);
    points = List.copyOf(points);
  }
}
