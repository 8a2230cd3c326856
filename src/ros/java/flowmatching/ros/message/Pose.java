package flowmatching.ros.message;

/** {@code geometry_msgs/msg/Pose}: where a thing is and how it is turned. */
public record Pose(Position position, Quaternion orientation) {}
