package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.control.ActionKind;
import flowmatching.control.JointLimits;
import flowmatching.ros.check.RobotCheck;
import flowmatching.ros.check.RobotListener;
import flowmatching.ros.check.RobotObservation;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import flowmatching.ros.node.StateSource;
import flowmatching.ros.node.UnitConversion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a robot check sees of nodes in other participants. */
@Timeout(120)
class RobotCheckOverDdsTest {
  private static final int DOMAIN = (int) (12 + ProcessHandle.current().pid() % 40 * 2);
  private static final double[] NONE = {};

  @BeforeAll
  static void needsFastDds() {
    FastDds.assumeAvailable();
  }

  private static WireGraph node(String name) {
    return WireGraph.join(GraphNames.of("/", name), false, new DiscoverySettings(DOMAIN, DiscoverySettings.Range.LOCALHOST, List.of()));
  }

  private static RobotDescription description() {
    CameraSource camera = new CameraSource(
        "observation.images.front", "/camera", Transport.RAW, Optional.empty(), Optional.empty(), Reliability.RELIABLE);
    return new RobotDescription("arm", List.of(camera),
        new StateSource("/joint_states", List.of(new StateJoint("elbow", UnitConversion.NONE)), Optional.empty()),
        List.of(new ActionJoint("elbow", ActionKind.ABSOLUTE, UnitConversion.NONE, new JointLimits(-2, 2, 1, 5))),
        new CommandTarget("/commands", CommandTarget.Type.FLOAT64_MULTI_ARRAY));
  }

  private static Header now() {
    return new Header(Time.ofNanoseconds(System.currentTimeMillis() * 1_000_000), "");
  }

  /** The findings once what is seen is as wanted; {@code send} is called again and again until then. */
  private static List<String> findings(WireGraph place, Runnable send, Predicate<RobotObservation> wanted) {
    try (RobotListener listener = new RobotListener(place, description())) {
      Await.until("it is seen", () -> {
        send.run();
        listener.listen(Duration.ofMillis(10), seconds -> {});
        return wanted.test(listener.observation());
      });
      RobotCheck check = new RobotCheck(description(), listener.observation(), Duration.ofHours(1), Optional.empty(), Optional.empty());
      return check.findings().stream().map(finding -> finding.subject() + ": " + finding.text()).toList();
    }
  }

  private static boolean named(RobotObservation seen, int ends) {
    return seen.endpoints().size() == ends && seen.endpoints().stream().noneMatch(end -> end.node().isEmpty());
  }

  @Test
  void aRobotThatIsAsItsFileSaysGivesNoReasonToSpeak() {
    try (WireGraph robot = node("robot"); WireGraph place = node("check_robot")) {
      Publisher<Image> camera = robot.advertise("/camera", Image.TYPE, QualityOfService.DEFAULT);
      Publisher<JointState> joints = robot.advertise("/joint_states", JointState.TYPE, QualityOfService.DEFAULT);
      robot.subscribe("/commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT, command -> {});
      Runnable send = () -> {
        camera.publish(new Image(now(), 6, 8, "rgb8", false, 24, new byte[144]));
        joints.publish(new JointState(now(), List.of("elbow"), new double[] {1}, NONE, NONE));
      };
      assertEquals(List.of(), findings(place, send, seen -> named(seen, 3) && seen.cameras().get(0).decoded() > 0 && seen.state().usable() > 0));
      assertEquals(List.of("/robot"), place.topicEndpoints().stream().map(end -> end.node()).distinct().toList());
    }
  }

  @Test
  void typesQualityAndJointsThatDifferAreNamed() {
    try (WireGraph robot = node("robot"); WireGraph place = node("check_robot")) {
      robot.advertise("/camera", Image.TYPE, QualityOfService.SENSOR_DATA);
      Publisher<JointState> joints = robot.advertise("/joint_states", JointState.TYPE, QualityOfService.DEFAULT);
      robot.subscribe("/commands", JointTrajectory.TYPE, QualityOfService.DEFAULT, command -> {});
      Runnable send = () -> joints.publish(new JointState(now(), List.of("elbow_joint"), new double[] {1}, NONE, NONE));
      assertEquals(List.of(
              "/camera: its publisher (/robot) offers best_effort, and the robot file asks for reliable: set reliability: best_effort",
              "/joint_states: joints [elbow] do not arrive; there are [elbow_joint]: rename in the robot file, perhaps elbow to elbow_joint",
              "/commands: /robot takes trajectory_msgs/msg/JointTrajectory there, not std_msgs/msg/Float64MultiArray: set command.type: joint_trajectory"),
          findings(place, send, seen -> named(seen, 3) && seen.state().stream().messages() > 0));
    }
  }

  @Test
  void aCameraOfTheOtherTransportIsNamed() {
    try (WireGraph robot = node("robot"); WireGraph place = node("check_robot")) {
      robot.advertise("/camera", CompressedImage.TYPE, QualityOfService.DEFAULT);
      List<String> findings = findings(place, () -> {}, seen -> named(seen, 1));
      assertEquals("/camera: is published as sensor_msgs/msg/CompressedImage, not sensor_msgs/msg/Image: set transport: compressed", findings.get(0));
    }
  }
}
