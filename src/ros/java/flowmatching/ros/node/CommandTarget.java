package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.MessageType;
import java.time.Duration;
import java.util.List;

/**
 * Where commands go.
 *
 * @param topic of the robot's controller
 * @param type what it takes
 * @param lookahead how far a {@link Type#JOINT_TRAJECTORY} reaches, 50 ms to 2 s; other types ignore it
 */
public record CommandTarget(String topic, Type type, Duration lookahead) {
  /** Long enough for a few late commands, short enough that a robot without its node does not go far. */
  private static final Duration LOOKAHEAD = Duration.ofMillis(300);

  private static final Duration SHORTEST = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /** What a robot's controller takes. */
  public enum Type {
    /** {@code std_msgs/msg/Float64MultiArray}: the values in order, of any kind. */
    FLOAT64_MULTI_ARRAY(Float64MultiArray.TYPE),
    /** {@code sensor_msgs/msg/JointState}: positions, or velocities where every action is one. */
    JOINT_STATE(JointState.TYPE),
    /** {@code trajectory_msgs/msg/JointTrajectory}: where the robot goes from this command on, to rest. */
    JOINT_TRAJECTORY(JointTrajectory.TYPE);

    private final MessageType<?> messageType;

    Type(MessageType<?> messageType) {
      this.messageType = messageType;
    }

    /** The ROS type that carries it. */
    public MessageType<?> messageType() {
      return messageType;
    }
  }

  /** @throws BadInputException where the topic is empty or the lookahead out of range */
  public CommandTarget {
    if (topic.isBlank()) {
      throw new BadInputException("the command needs a topic");
    }
    if (lookahead.compareTo(SHORTEST) < 0 || lookahead.compareTo(LONGEST) > 0) {
      throw new BadInputException("a trajectory looks ahead for " + SHORTEST.toMillis() + " to " + LONGEST.toMillis() + " ms, found "
          + lookahead.toNanos() * 1e-6 + " ms");
    }
  }

  /** With the default lookahead of 300 ms. */
  public CommandTarget(String topic, Type type) {
    this(topic, type, LOOKAHEAD);
  }

  /** Refuses joints that the type has no field for. */
  void check(List<ActionJoint> joints) {
    switch (type) {
      case FLOAT64_MULTI_ARRAY -> {
      }
      case JOINT_STATE -> {
        long velocities = joints.stream().filter(joint -> joint.kind() == ActionKind.VELOCITY).count();
        if (joints.stream().anyMatch(joint -> joint.kind() == ActionKind.DELTA) || velocities != 0 && velocities != joints.size()) {
          throw refused("positions only or velocities only", joints);
        }
      }
      case JOINT_TRAJECTORY -> {
        // joint_trajectory_controller takes points without positions only if told to, and then reads beyond an empty array when
        // the first point has passed (Humble and Jazzy), as it has for every stamped chunk.
        if (joints.stream().anyMatch(joint -> joint.kind() == ActionKind.DELTA || joint.kind() == ActionKind.VELOCITY)) {
          throw refused("positions only", joints);
        }
      }
    }
  }

  private BadInputException refused(String carried, List<ActionJoint> joints) {
    return new BadInputException("a command of type " + type + " carries " + carried + ", found "
        + joints.stream().map(joint -> joint.name() + ": " + joint.kind()).toList() + "; use FLOAT64_MULTI_ARRAY");
  }
}
