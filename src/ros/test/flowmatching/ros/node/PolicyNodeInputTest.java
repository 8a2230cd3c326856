package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ControllerState;
import flowmatching.image.RgbImage;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.CameraSource.Transport;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other nodes may send, and that the node survives it and counts it. */
@Timeout(120)
class PolicyNodeInputTest {
  private static final String STATE = "stream.observation.state.";
  private static final String CAMERA = "stream." + RampPolicy.CAMERA + ".";
  private static final double[] NONE = {};

  private static SimulatedRobot active() {
    SimulatedRobot robot = new SimulatedRobot();
    robot.call("enable");
    robot.stepAndWait();
    return robot;
  }

  /** Sends a message, waits until it is counted, and sees that the robot goes on. */
  private static void survives(SimulatedRobot robot, String counter, Runnable send) {
    long before = robot.node.counters().get(counter);
    send.run();
    robot.awaitCount(counter, before + 1);
    assertEquals(before + 1, robot.node.counters().get(counter), counter);
    robot.stepAndWait();
    robot.awaitState(ControllerState.ACTIVE);
  }

  private static JointState joints(SimulatedRobot robot, List<String> names, double... positions) {
    return new JointState(robot.now(), names, positions, NONE, NONE);
  }

  @Test
  void jointStatesThatLackAJointOrHaveOneTwiceAreRefused() {
    try (SimulatedRobot robot = active()) {
      for (JointState wrong : List.of(
          joints(robot, List.of("shoulder", "wrist"), 1, 2),
          joints(robot, List.of("shoulder", "elbow", "elbow"), 1, 2, 3),
          joints(robot, List.of()),
          joints(robot, List.of("shoulder", "elbow"), 1),
          joints(robot, List.of("shoulder", "elbow")))) {
        survives(robot, STATE + "refused", () -> robot.joints.publish(wrong));
      }
      for (int i = 0; i < 3; i++) {
        long before = robot.node.counters().get(STATE + "refused");
        robot.joints.publish(joints(robot, List.of()));
        robot.awaitCount(STATE + "refused", before + 1);
      }
    }
  }

  @Test
  void jointStatesThatAreNotNumbersAreDropped() {
    try (SimulatedRobot robot = active()) {
      survives(robot, STATE + "not_a_number", () -> robot.joints.publish(robot.state(Double.NaN, 0)));
      survives(robot, STATE + "not_a_number", () -> robot.joints.publish(robot.state(0, Double.POSITIVE_INFINITY)));
      survives(robot, STATE + "not_a_number", () -> robot.joints.publish(robot.state(1e300, 0)));
    }
  }

  @Test
  void imagesThatLieAreRefused() {
    try (SimulatedRobot robot = active()) {
      byte[] data = new byte[144];
      for (Image wrong : List.of(
          new Image(robot.now(), 600, 800, "rgb8", false, 2400, data),
          new Image(robot.now(), 6, 8, "16UC1", false, 16, data),
          new Image(robot.now(), 0, 0, "rgb8", false, 0, data),
          new Image(robot.now(), -1, -1, "rgb8", false, -1, data))) {
        survives(robot, CAMERA + "refused", () -> robot.camera.publish(wrong));
      }
    }
  }

  @Test
  void stampsThatGoBackAreCounted() {
    try (SimulatedRobot robot = active()) {
      robot.stepAndWait();
      Header earlier = new Header(Time.ofNanoseconds(1), "");
      survives(robot, CAMERA + "stamp_backwards",
          () -> robot.camera.publish(new Image(earlier, 6, 8, "rgb8", false, 24, new byte[144])));
      survives(robot, STATE + "stamp_backwards",
          () -> robot.joints.publish(new JointState(earlier, List.of("shoulder", "elbow"), new double[] {1, -2}, NONE, NONE)));
    }
  }

  @Test
  void aCameraThatChangesItsSizeIsResizedToWhatTheDataSetHas() {
    RampPolicy policy = new RampPolicy(0.1f);
    try (SimulatedRobot robot = new SimulatedRobot(SimulatedRobot.description(), policy, Map.of("execution_horizon", 1))) {
      robot.call("enable");
      robot.stepAndWait();
      for (int i = 0; i < 50 && robot.node.counters().get(CAMERA + "size_changed") == 0; i++) {
        robot.time += SimulatedRobot.PERIOD;
        int before = robot.commands.size();
        robot.camera.publish(robot.image(16, 12));
        robot.joints.publish(robot.state(1, -2));
        robot.tick();
        Await.until("a command came", () -> robot.commands.size() > before);
      }
      assertEquals(1, robot.node.counters().get(CAMERA + "size_changed"));
      policy.observations().forEach(seen -> {
        assertEquals(8, seen.images().get(RampPolicy.CAMERA).width());
        assertEquals(6, seen.images().get(RampPolicy.CAMERA).height());
      });
    }
  }

  @Test
  void onlyPicturesThatThePolicyLooksAtAreDecoded() {
    RampPolicy policy = new RampPolicy(0.1f);
    try (SimulatedRobot robot = new SimulatedRobot(SimulatedRobot.description(), policy, Map.of())) {
      for (int i = 0; i < 100; i++) {
        robot.camera.publish(robot.image(640, 480));
      }
      robot.call("enable");
      robot.stepAndWait();
      assertEquals(policy.observations().size(), robot.node.counters().get(CAMERA + "decoded"));
      Map<String, Long> counters = robot.node.counters();
      assertEquals(101, counters.get(CAMERA + "received") + counters.get(CAMERA + "overtaken"));
    }
  }

  @Test
  void coloursAndCropArriveAtThePolicyAsRecorded() {
    RobotDescription plain = SimulatedRobot.description();
    CameraSource source = new CameraSource(
        RampPolicy.CAMERA, "/camera/image", Transport.RAW, Optional.of(new Crop(2, 1, 8, 6)), Optional.empty(),
        Reliability.BEST_EFFORT);
    RobotDescription description =
        new RobotDescription("bench", List.of(source), plain.state(), plain.actions(), plain.command());
    RampPolicy policy = new RampPolicy(0.1f);
    try (SimulatedRobot robot = new SimulatedRobot(description, policy, Map.of("autostart", true))) {
      byte[] data = new byte[12 * 8 * 3];
      data[(1 * 12 + 2) * 3] = 30; // blue of the crop's first pixel
      robot.time = 0;
      robot.camera.publish(new Image(robot.now(), 8, 12, "bgr8", false, 36, data));
      robot.joints.publish(robot.state(1, -2));
      robot.tick();
      Await.until("a prediction", () -> !policy.observations().isEmpty());
      RgbImage seen = policy.observations().get(0).images().get(RampPolicy.CAMERA);
      assertArrayEquals(new int[] {0, 0, 30}, new int[] {seen.at(0, 0, 0), seen.at(0, 0, 1), seen.at(0, 0, 2)});
    }
  }

  @Test
  void aCompressedPictureThatIsCutOffHoldsTheRobotUntilAWholeOneComes() throws IOException {
    RobotDescription plain = SimulatedRobot.description();
    RobotDescription description = new RobotDescription("bench",
        List.of(CameraSource.of(RampPolicy.CAMERA, "/camera/compressed", Transport.COMPRESSED)),
        plain.state(), plain.actions(), plain.command());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(8, 6, BufferedImage.TYPE_3BYTE_BGR), "jpeg", bytes);
    byte[] file = bytes.toByteArray();
    try (SimulatedRobot robot = new SimulatedRobot(description, new RampPolicy(0.1f), Map.of("autostart", true))) {
      Publisher<CompressedImage> camera =
          robot.robot.advertise("/camera/compressed", CompressedImage.TYPE, QualityOfService.DEFAULT);
      robot.time = 0;
      camera.publish(new CompressedImage(robot.now(), "jpeg", Arrays.copyOf(file, file.length / 2)));
      robot.joints.publish(robot.state(1, -2));
      robot.tick();
      robot.awaitState(ControllerState.HOLDING);
      String reason = robot.node.status().reason();
      assertTrue(reason.contains("/camera/compressed: jpeg image is cut off"), reason);
      assertTrue(robot.node.counters().get(CAMERA + "undecodable") > 0);
      camera.publish(new CompressedImage(robot.now(), "rgb8; jpeg compressed bgr8", file));
      robot.awaitState(ControllerState.ACTIVE);
    }
  }

  @Test
  void everyMessageIsCountedOnceWhateverBecomesOfIt() {
    try (SimulatedRobot robot = active()) {
      for (int i = 0; i < 10; i++) {
        robot.joints.publish(robot.state(1, -2));
        robot.joints.publish(robot.state(Double.NaN, -2));
        robot.joints.publish(joints(robot, List.of("other"), 1));
      }
      Await.value(31L, () -> List.of("received", "overtaken", "not_a_number", "refused").stream()
          .mapToLong(kind -> robot.node.counters().get(STATE + kind)).sum());
    }
  }
}
