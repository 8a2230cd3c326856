package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.ros.graph.QualityOfService.Reliability;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where {@code observation.state} comes from.
 *
 * @param topic of type {@code sensor_msgs/msg/JointState}; its messages may name the joints in any order, and others too
 * @param joints in the data set's order
 * @param maxAge how old the newest may be before the robot is held; the parameter {@code max_age_ms} where empty
 * @param reliability what is asked of the publisher; a best-effort subscription connects to every publisher
 */
public record StateSource(String topic, List<StateJoint> joints, Optional<Duration> maxAge, Reliability reliability) {
  /** @throws BadInputException where the topic is empty, or two joints have one name */
  public StateSource {
    joints = List.copyOf(joints);
    if (topic.isBlank()) {
      throw new BadInputException("the state needs a topic");
    }
    Set<String> names = new HashSet<>();
    for (StateJoint joint : joints) {
      if (!names.add(joint.name())) {
        throw new BadInputException("the state has joint " + joint.name() + " twice");
      }
    }
  }

  /** From any publisher. */
  public StateSource(String topic, List<StateJoint> joints, Optional<Duration> maxAge) {
    this(topic, joints, maxAge, Reliability.BEST_EFFORT);
  }

  /** The joints' names in the data set's order. */
  public List<String> names() {
    return joints.stream().map(StateJoint::name).toList();
  }
}
