package flowmatching.ros.check;

import flowmatching.BadInputException;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Compares what was seen of a robot with what its file says and with what a policy was trained with. It looks at observations only
 * and knows no graph.
 *
 * @param robot as its file describes it
 * @param seen on the robot's graph
 * @param maxAge after which the node holds the robot, for streams whose description does not say
 * @param policy that is to run, where one was given
 * @param training what it was trained with, where that is known
 */
public record RobotCheck(
    RobotDescription robot, RobotObservation seen, Duration maxAge, Optional<PolicySpec> policy, Optional<TrainingData> training) {

  /** What was found; nothing where all is as it should be. */
  public List<Finding> findings() {
    Findings findings = new Findings();
    if (seen.alone()) {
      findings.attention("graph", "no other node is seen: is the robot on, in the same network, and are ROS_DOMAIN_ID and"
          + " ROS_AUTOMATIC_DISCOVERY_RANGE (or ROS_LOCALHOST_ONLY) the same here and there?");
    }
    fit(findings);
    clock(findings);
    TopicRules topics = new TopicRules(seen, findings);
    CameraRules cameras = new CameraRules(topics, findings);
    OptionalDouble frameRate = seen.simulatedTime() ? OptionalDouble.empty() : training.map(TrainingData::frameRate).orElse(OptionalDouble.empty());
    for (int i = 0; i < robot.cameras().size(); i++) {
      CameraSource source = robot.cameras().get(i);
      cameras.check(source, seen.cameras().get(i), seconds(source.maxAge()), recorded(source.key()), frameRate);
    }
    new StateRules(topics, findings).check(robot.state(), seen.state(), seconds(robot.state().maxAge()));
    new CommandRules(seen, topics, findings).check(robot);
    training.ifPresent(data -> new StatisticsRules(data.source(), findings).check(joints()));
    return findings.sorted();
  }

  /** The camera's picture as it was recorded: as the policy says, else the training data; empty where neither knows it. */
  public Optional<PolicyFeature> recorded(String key) {
    List<PolicyFeature> cameras = policy.map(PolicySpec::cameras).or(() -> training.map(TrainingData::cameras)).orElse(List.of());
    return cameras.stream().filter(camera -> camera.key().equals(key)).findFirst();
  }

  /** The joints of the state, in the data set's order. */
  public List<JointValue> joints() {
    List<JointValue> joints = new ArrayList<>();
    List<JointStatistics> statistics = training.map(TrainingData::state).orElse(List.of());
    boolean comparable = statistics.size() == robot.state().joints().size();
    for (StateJoint joint : robot.state().joints()) {
      joints.add(new JointValue(joint.name(), joint.units(), seen.state().positions().getOrDefault(joint.name(), Double.NaN),
          comparable ? Optional.of(statistics.get(joints.size())) : Optional.empty()));
    }
    return joints;
  }

  /** The others' ends of the topics that the robot's description names, and of {@code /clock}. */
  public List<TopicEndpoint> endpoints() {
    List<String> topics = new ArrayList<>(seen.cameras().stream().map(camera -> camera.stream().topic()).toList());
    topics.addAll(List.of(seen.state().stream().topic(), seen.commandTopic(), seen.clock().topic()));
    return seen.endpoints().stream().filter(end -> topics.contains(end.topic())).sorted(Comparator.comparing(TopicEndpoint::topic)).toList();
  }

  private double seconds(Optional<Duration> own) {
    return own.orElse(maxAge).toNanos() * 1e-9;
  }

  private void fit(Findings findings) {
    policy.ifPresent(spec -> {
      try {
        robot.check(spec);
      } catch (BadInputException e) {
        findings.attention("policy", e.getMessage());
      }
    });
    training.ifPresent(data -> {
      statistics(data, robot.state().joints().size(), findings);
      order(data.source(), "state", data.stateNames(), robot.state().names(), findings);
      order(data.source(), "action", data.actionNames(), robot.actionNames(), findings);
    });
  }

  private static void statistics(TrainingData data, int joints, Findings findings) {
    if (data.state().isEmpty() && joints > 0) {
      findings.note("state", data.source() + " has no statistics of it, so its values are not compared");
    } else if (data.state().size() != joints) {
      findings.attention("state", data.source() + " has " + data.state().size() + " values, the robot file has " + joints + " joints");
    }
  }

  /** Other names are fine: a data set has its own. The same names in another order are a mistake. */
  private static void order(String source, String what, List<String> recorded, List<String> ours, Findings findings) {
    List<String> names = recorded.stream().map(name -> name.endsWith(".pos") ? name.substring(0, name.length() - 4) : name).toList();
    if (!names.equals(ours) && new HashSet<>(names).equals(new HashSet<>(ours))) {
      findings.attention(what, source + " has the order " + names + ", the robot file " + ours + ": use the data set's");
    }
  }

  private void clock(Findings findings) {
    if (seen.simulatedTime() && seen.clock().messages() == 0) {
      findings.attention(seen.clock().topic(), "use_sim_time is set and " + (seen.clockPublished() ? "its publisher sends nothing" : "nobody publishes it")
          + ": start the simulator, or leave use_sim_time out");
    } else if (!seen.simulatedTime() && seen.clockPublished()) {
      findings.attention(seen.clock().topic(), "is published, so time is simulated: give -p use_sim_time:=true");
    }
  }
}
