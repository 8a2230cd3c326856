package flowmatching.ros.check;

import flowmatching.control.ActionKind;
import flowmatching.control.JointLimits;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.Crop;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import flowmatching.ros.node.StateSource;
import flowmatching.ros.node.UnitConversion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** A robot that was seen as its file describes it, for a test to take one thing away. */
final class SeenRobot {
  static final String CAMERA = "observation.images.front";
  static final String IMAGE = "sensor_msgs/msg/Image";
  static final String COMPRESSED = "sensor_msgs/msg/CompressedImage";
  static final String STATE = "sensor_msgs/msg/JointState";
  static final String ARRAY = "std_msgs/msg/Float64MultiArray";
  static final String TRAJECTORY = "trajectory_msgs/msg/JointTrajectory";

  final List<TopicEndpoint> endpoints = new ArrayList<>(List.of(
      publisher("/camera", IMAGE), publisher("/joint_states", STATE), subscription("/commands", ARRAY)));
  final Map<String, ControllerObservation> controllers = new HashMap<>();
  List<String> names = List.of("shoulder", "elbow");
  /** Named as in {@link #names} where null. */
  List<String> actions;
  Map<String, Double> positions = Map.of("shoulder", 0.1, "elbow", 0.2);
  UnitConversion units = UnitConversion.NONE;
  ActionKind kind = ActionKind.ABSOLUTE;
  JointLimits limits = new JointLimits(-3, 3, 1, 10);
  Reliability reliability = Reliability.BEST_EFFORT;
  CommandTarget.Type command = CommandTarget.Type.FLOAT64_MULTI_ARRAY;
  Optional<Crop> crop = Optional.empty();
  StreamObservation image = stream("/camera", IMAGE, 150);
  CameraObservation camera = camera(640, 480, 0, 0, "");
  StateObservation state = state(Set.of(names));
  StreamObservation clock = stream("/clock", "rosgraph_msgs/msg/Clock", 0);
  boolean simulatedTime;
  Optional<PolicySpec> policy = Optional.empty();
  Optional<TrainingData> training = Optional.empty();

  /** A joint_trajectory_controller as it should be. */
  static ControllerObservation controller(String... joints) {
    return new ControllerObservation(List.of(joints), 0.5, 0, true, "splines");
  }

  static TopicEndpoint publisher(String topic, String type) {
    return new TopicEndpoint(Kind.PUBLISHER, topic, type, Reliability.RELIABLE, Durability.VOLATILE, "/robot");
  }

  static TopicEndpoint subscription(String topic, String type) {
    return new TopicEndpoint(Kind.SUBSCRIPTION, topic, type, Reliability.RELIABLE, Durability.VOLATILE, "/controller");
  }

  /** At 30 Hz, stamped 5 to 10 ms before it arrives. */
  static StreamObservation stream(String topic, String type, long messages) {
    return messages == 0
        ? new StreamObservation(topic, type, 0, 0, 0, Double.NaN, Double.NaN, Double.NaN, 0, 0, Double.NaN, Double.NaN)
        : timed(topic, type, 0.034, 0, 0, 0.005, 0.01);
  }

  static StreamObservation timed(String topic, String type, double gap, long unstamped, long backwards, double leastAge, double greatestAge) {
    return new StreamObservation(topic, type, 150, 0, 0, 30, 0.001, gap, unstamped, backwards, leastAge, greatestAge);
  }

  CameraObservation camera(int width, int height, int sizeChanges, long undecodable, String reason) {
    return new CameraObservation(CAMERA, image, "rgb8", width, height, sizeChanges, 20, undecodable, reason);
  }

  StateObservation state(Set<List<String>> nameLists) {
    return new StateObservation(stream("/joint_states", STATE, 150), 150, nameLists, positions, Set.of(), Set.of(), 0);
  }

  /** A policy of as many joints as named, whose camera was recorded in this size. */
  static PolicySpec policy(int joints, int width, int height) {
    return new PolicySpec(List.of(picture(width, height)), 0, joints, joints, 16, OptionalDouble.empty());
  }

  static PolicyFeature picture(int width, int height) {
    return new PolicyFeature(CAMERA, PolicyFeature.Type.VISUAL, List.of(3, height, width));
  }

  void trainedWith(JointStatistics... statistics) {
    training = Optional.of(new TrainingData("DATA", List.of(), List.of(), List.of(), List.of(statistics), OptionalDouble.empty()));
  }

  void trainedWith(List<String> stateNames, List<String> actionNames, double frameRate) {
    JointStatistics around = new JointStatistics(0, 1, -2, 2);
    training = Optional.of(new TrainingData("DATA", List.of(), stateNames, actionNames, List.of(around, around), OptionalDouble.of(frameRate)));
  }

  RobotDescription description() {
    Transport transport = image.type().equals(COMPRESSED) ? Transport.COMPRESSED : Transport.RAW;
    return new RobotDescription("arm", List.of(new CameraSource(CAMERA, "/camera", transport, crop, Optional.empty(), reliability)),
        new StateSource("/joint_states", names.stream().map(name -> new StateJoint(name, units)).toList(), Optional.empty()),
        (actions == null ? names : actions).stream().map(name -> new ActionJoint(name, kind, units, limits)).toList(),
        new CommandTarget("/commands", command));
  }

  RobotCheck check() {
    RobotObservation seen = new RobotObservation(5, simulatedTime, endpoints,
        List.of(new CameraObservation(CAMERA, image, camera.encoding(), camera.width(), camera.height(), camera.sizeChanges(),
            image.messages() == 0 ? 0 : camera.decoded(), camera.undecodable(), camera.reason())),
        state, clock, "/commands", controllers);
    return new RobotCheck(description(), seen, Duration.ofMillis(500), policy, training);
  }

  /** The findings, one a line: {@code ! subject: text} or {@code - subject: text}. */
  String findings() {
    return check().findings().stream()
        .map(finding -> (finding.level() == Finding.Level.ATTENTION ? "! " : "- ") + finding.subject() + ": " + finding.text())
        .collect(Collectors.joining("\n"));
  }
}
