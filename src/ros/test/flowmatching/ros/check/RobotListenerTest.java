package flowmatching.ros.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import flowmatching.control.JointLimits;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.ParameterValue;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is seen of a robot on the embedded graph. */
@Timeout(120)
class RobotListenerTest {
  private static final double[] NONE = {};
  private static final JointLimits LIMITS = new JointLimits(-3, 3, 1, 10);

  private final InProcessGraph graph = new InProcessGraph();
  private final RobotGraph robot = graph.join(GraphNames.of("/", "robot"));

  @AfterEach
  void closeGraph() {
    graph.close();
  }

  private static RobotDescription description() {
    UnitConversion none = UnitConversion.NONE;
    return new RobotDescription("arm", List.of(CameraSource.of(SeenRobot.CAMERA, "camera", Transport.RAW)),
        new StateSource("joint_states", List.of(new StateJoint("shoulder", none), new StateJoint("elbow", none)), Optional.empty()),
        List.of(new ActionJoint("shoulder", ActionKind.ABSOLUTE, none, LIMITS), new ActionJoint("elbow", ActionKind.ABSOLUTE, none, LIMITS)),
        new CommandTarget("commands", CommandTarget.Type.FLOAT64_MULTI_ARRAY));
  }

  private RobotListener listener(boolean simulatedTime) {
    return new RobotListener(graph.join(GraphNames.of("/", "check_robot"), simulatedTime), description());
  }

  private static Header now() {
    return new Header(Time.ofNanoseconds(System.currentTimeMillis() * 1_000_000), "");
  }

  private static Image image(Header header, int width, int height, String encoding) {
    return new Image(header, height, width, encoding, false, 3 * width, new byte[3 * width * height]);
  }

  private static JointState state(List<String> names, double... positions) {
    return new JointState(now(), names, positions, NONE, NONE);
  }

  /** Listens until what is seen is as wanted. */
  private static RobotObservation await(RobotListener listener, Predicate<RobotObservation> wanted) {
    Await.until("it is seen", () -> {
      listener.listen(Duration.ofMillis(1), seconds -> {});
      return wanted.test(listener.observation());
    });
    return listener.observation();
  }

  /** As rclcpp does it: where one of the names is unknown, the answer is empty. */
  private void serveParameters(Map<String, ParameterValue> parameters) {
    robot.serve("~/get_parameters", GetParameters.TYPE, request -> new GetParameters.Response(
        parameters.keySet().containsAll(request.names()) ? request.names().stream().map(parameters::get).toList() : List.of()));
  }

  private static ParameterValue joints(String... names) {
    return new ParameterValue(
        ParameterValue.STRING_ARRAY, false, 0, 0, "", new byte[0], new boolean[0], new long[0], NONE, List.of(names));
  }

  @Test
  void aTrajectoryControllerSaysWhatItDoesWhenCommandsStop() {
    robot.subscribe("commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT, command -> {});
    serveParameters(Map.of("joints", joints("a"), "cmd_timeout", ParameterValue.of(0.5), "constraints.goal_time", ParameterValue.of(0.25),
        "interpolate_from_desired_state", ParameterValue.of(true), "interpolation_method", ParameterValue.of("splines"), "other", ParameterValue.of(1)));
    try (RobotListener listener = listener(false)) {
      ControllerObservation seen = await(listener, o -> !o.controllers().isEmpty()).controllers().get("/robot");
      assertEquals(new ControllerObservation(List.of("a"), 0.5, 0.25, true, "splines"), seen);
    }
  }

  @Test
  void theControllerOfHumbleSaysItUnderAnotherName() {
    robot.subscribe("commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT, command -> {});
    serveParameters(Map.of("joints", joints("a"), "cmd_timeout", ParameterValue.of(0.0), "open_loop_control", ParameterValue.of(true)));
    try (RobotListener listener = listener(false)) {
      ControllerObservation seen = await(listener, o -> !o.controllers().isEmpty()).controllers().get("/robot");
      assertEquals(new ControllerObservation(List.of("a"), 0, Double.NaN, true, ""), seen);
    }
  }

  @Test
  void everythingThatARobotSendsIsSeenAndNothingIsSentToIt() {
    Publisher<Image> camera = robot.advertise("camera", Image.TYPE, QualityOfService.DEFAULT);
    Publisher<JointState> joints = robot.advertise("joint_states", JointState.TYPE, QualityOfService.DEFAULT);
    robot.subscribe("commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT, command -> {});
    serveParameters(Map.of("joints", joints("shoulder", "elbow")));
    try (RobotListener listener = listener(false)) {
      for (int i = 0; i < 3; i++) {
        camera.publish(image(now(), 64, 48, "rgb8"));
        joints.publish(state(List.of("elbow", "shoulder", "wrist"), 2, 1, 3));
      }
      RobotObservation seen = await(listener, o -> o.cameras().get(0).decoded() > 0 && o.state().usable() == 3 && !o.controllers().isEmpty());
      CameraObservation picture = seen.cameras().get(0);
      assertEquals(List.of("/camera", "sensor_msgs/msg/Image", 3L), List.of(picture.stream().topic(), picture.stream().type(), picture.stream().messages()));
      assertEquals(List.of("rgb8", 64, 48, 0L), List.of(picture.encoding(), picture.width(), picture.height(), picture.undecodable()));
      assertTrue(picture.stream().leastAge() <= picture.stream().greatestAge() && picture.stream().greatestAge() < 20, picture.toString());
      assertEquals(Map.of("shoulder", 1.0, "elbow", 2.0, "wrist", 3.0), seen.state().positions());
      assertEquals(List.of("shoulder", "elbow"), seen.controllers().get("/robot").joints());
      assertTrue(Double.isNaN(seen.controllers().get("/robot").commandTimeout()));
      assertEquals(List.of(), seen.endpoints().stream().filter(end -> end.node().equals("/check_robot")).toList());
      assertEquals(List.of(), graph.join(GraphNames.of("/", "other")).topicEndpoints().stream()
          .filter(end -> end.kind() == Kind.PUBLISHER && end.node().equals("/check_robot")).toList());
      RobotCheck check = new RobotCheck(description(), seen, Duration.ofHours(1), Optional.empty(), Optional.empty());
      assertEquals(List.of(Finding.Level.NOTE), check.findings().stream().map(Finding::level).toList());
      assertTrue(check.findings().get(0).text().contains("has no command timeout, as no controller has that forwards positions"));
    }
  }

  @Test
  void picturesThatCannotBeDecodedAreCountedWithTheFirstReason() {
    Publisher<Image> camera = robot.advertise("camera", Image.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      camera.publish(image(now(), 64, 48, "bayer_rggb8"));
      camera.publish(new Image(now(), 48, 64, "rgb8", false, 1, new byte[3]));
      CameraObservation seen = await(listener, o -> o.cameras().get(0).undecodable() == 2).cameras().get(0);
      assertEquals("image encoding must be rgb8, bgr8, rgba8, bgra8 or mono8, found 'bayer_rggb8'", seen.reason());
      assertEquals(0, seen.decoded());
    }
  }

  @Test
  void aCameraThatChangesItsSizeIsSeen() {
    Publisher<Image> camera = robot.advertise("camera", Image.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      camera.publish(image(now(), 64, 48, "rgb8"));
      await(listener, o -> o.cameras().get(0).decoded() == 1);
      camera.publish(image(now(), 32, 24, "rgb8"));
      CameraObservation seen = await(listener, o -> o.cameras().get(0).decoded() == 2).cameras().get(0);
      assertEquals(List.of(1, 32, 24), List.of(seen.sizeChanges(), seen.width(), seen.height()));
    }
  }

  @Test
  void aTopicThatHasAnotherTypeIsLookedAtAndNotListenedTo() {
    robot.advertise("camera", CompressedImage.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      RobotObservation seen = listener.observation();
      assertEquals(0, seen.cameras().get(0).stream().messages());
      assertEquals(List.of("sensor_msgs/msg/CompressedImage"), seen.endpoints(Kind.PUBLISHER, "/camera").stream().map(TopicEndpoint::type).toList());
    }
  }

  @Test
  void jointStatesThatTheNodeWouldRefuseAreTakenApart() {
    Publisher<JointState> joints = robot.advertise("joint_states", JointState.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      joints.publish(state(List.of("shoulder"), 1));
      joints.publish(state(List.of("shoulder", "elbow", "elbow"), 1, 2, 3));
      joints.publish(state(List.of("shoulder", "elbow"), 1, Double.NaN));
      joints.publish(state(List.of("shoulder", "elbow"), 1));
      StateObservation seen = await(listener, o -> o.state().stream().messages() == 4).state();
      assertEquals(0, seen.usable());
      assertEquals(Set.of("elbow"), seen.twice());
      assertEquals(Set.of("elbow"), seen.notFinite());
      assertEquals(1, seen.withoutPositions());
      assertEquals(Set.of(List.of("shoulder"), List.of("shoulder", "elbow", "elbow"), List.of("shoulder", "elbow")), seen.nameLists());
      assertEquals(2, seen.positions().get("elbow")); // the last that was a number
    }
  }

  @Test
  void aSenderOfEverOtherJointsDoesNotFillTheMemory() {
    Publisher<JointState> joints = robot.advertise("joint_states", JointState.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      for (int i = 0; i < 1500; i++) {
        joints.publish(state(List.of("joint_" + i), i));
        if (i % 20 == 0) {
          long sent = i + 1;
          Await.until(sent + " came", () -> listener.observation().state().stream().messages() == sent);
        }
      }
      StateObservation seen = await(listener, o -> o.state().stream().messages() == 1500).state();
      assertEquals(1000, seen.positions().size());
      assertEquals(8, seen.nameLists().size());
    }
  }

  @Test
  void stampsOfZeroAreNoAge() {
    Publisher<Image> camera = robot.advertise("camera", Image.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(false)) {
      camera.publish(image(new Header(Time.ZERO, ""), 8, 6, "rgb8"));
      StreamObservation seen = await(listener, o -> o.cameras().get(0).stream().messages() == 1).cameras().get(0).stream();
      assertEquals(1, seen.unstamped());
      assertTrue(Double.isNaN(seen.leastAge()) && Double.isNaN(seen.rate()), seen.toString());
    }
  }

  @Test
  void inSimulatedTimeAgesAndGapsAreTheSimulators() {
    Publisher<Clock> clock = robot.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
    Publisher<Image> camera = robot.advertise("camera", Image.TYPE, QualityOfService.DEFAULT);
    try (RobotListener listener = listener(true)) {
      camera.publish(image(new Header(Time.ZERO, ""), 8, 6, "rgb8")); // before there is time
      for (long seconds : new long[] {100, 103}) {
        clock.publish(new Clock(Time.ofNanoseconds(seconds * 1_000_000_000)));
        await(listener, o -> o.clock().messages() == (seconds == 100 ? 1 : 2));
        camera.publish(image(new Header(Time.ofNanoseconds((seconds - 2) * 1_000_000_000), ""), 8, 6, "rgb8"));
        await(listener, o -> o.cameras().get(0).stream().messages() == (seconds == 100 ? 2 : 3));
      }
      RobotObservation seen = listener.observation();
      StreamObservation stream = seen.cameras().get(0).stream();
      assertTrue(seen.simulatedTime());
      assertEquals(List.of(2.0, 2.0, 3.0), List.of(stream.leastAge(), stream.greatestAge(), stream.longestGap()));
      clock.publish(new Clock(Time.ZERO));
      assertTrue(await(listener, o -> o.clock().messages() == 3).clockJumped());
    }
  }

  @Test
  void stoppingEndsTheListeningWithWhatWasSeen() {
    try (RobotListener listener = listener(false)) {
      listener.listen(Duration.ofHours(1), seconds -> listener.stop());
      assertTrue(listener.observation().seconds() > 0);
      assertFalse(listener.observation().clockPublished());
    }
  }

  @Test
  void aTopicThatIsNoNameInRosIsRefused() {
    RobotGraph place = graph.join(GraphNames.of("/", "check_robot"));
    RobotDescription wrong = new RobotDescription("arm", List.of(CameraSource.of(SeenRobot.CAMERA, "/not a name", Transport.RAW)),
        description().state(), description().actions(), description().command());
    assertThrows(BadInputException.class, () -> new RobotListener(place, wrong));
  }

  @Test
  void aListenerThatIsRefusedLeavesNothingInTheGraph() {
    RobotGraph place = graph.join(GraphNames.of("/", "check_robot"));
    RobotDescription wrong = new RobotDescription("arm", description().cameras(),
        new StateSource("/not a name", description().state().joints(), Optional.empty()), description().actions(), description().command());
    assertThrows(BadInputException.class, () -> new RobotListener(place, wrong));
    assertTrue(place.topicEndpoints().stream().noneMatch(end -> end.node().equals("/check_robot")), place.topicEndpoints()::toString);
  }
}
