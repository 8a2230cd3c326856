package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import java.util.List;

/**
 * Where commands go.
 *
 * @param topic of the robot's controller
 * @param type what it takes
 */
public record CommandTarget(String topic, Type type) {
  /** What a robot's controller takes. */
  public enum Type {
    /** {@code std_msgs/msg/Float64MultiArray}: the values in order, of any kind. */
    FLOAT64_MULTI_ARRAY,
    /** {@code sensor_msgs/msg/JointState}: positions, or velocities where every action is one. */
    JOINT_STATE,
    /** {@code trajectory_msgs/msg/JointTrajectory}: one point, to be reached when the next command is due. */
    JOINT_TRAJECTORY
  }

  /** @throws BadInputException where the topic is empty */
  public CommandTarget {
    if (topic.isBlank()) {
      throw new BadInputException("the command needs a topic");
    }
  }

  /** Refuses joints that the type has no field for. */
  void check(List<ActionJoint> joints) {
    if (type == Type.FLOAT64_MULTI_ARRAY) {
      return;
    }
    long velocities = joints.stream().filter(joint -> joint.kind() == ActionKind.VELOCITY).count();
    boolean deltas = joints.stream().anyMatch(joint -> joint.kind() == ActionKind.DELTA);
    if (deltas || (velocities != 0 && velocities != joints.size())) {
      throw new BadInputException("a command of type " + type + " carries positions only or velocities only, found "
          + joints.stream().map(joint -> joint.name() + ": " + joint.kind()).toList() + "; use FLOAT64_MULTI_ARRAY");
    }
  }
}
