package flowmatching.ros.robot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.control.ActionKind;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.Crop;
import flowmatching.ros.node.RobotDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RobotFileTest {
  private static final Path ROBOTS = TestData.home().resolve("config/robots");
  private static final Path SEVEN_JOINTS = TestData.path("robots/seven_joints.yaml");

  @TempDir Path directory;

  static Stream<Path> shipped() throws IOException {
    return Files.list(ROBOTS);
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void everyShippedRobotIsRead(Path file) {
    RobotDescription robot = RobotFile.read(file);
    assertEquals(file.getFileName().toString(), robot.name() + ".yaml");
    assertFalse(robot.cameras().isEmpty());
  }

  @Test
  void valuesArriveWhereTheyBelong() {
    RobotDescription ur = RobotFile.read(ROBOTS.resolve("ur5e_gripper.yaml"));
    assertEquals(Optional.of(new Crop(80, 0, 480, 480)), ur.cameras().get(0).crop());
    assertEquals(Transport.COMPRESSED, ur.cameras().get(1).transport());
    assertEquals(CommandTarget.Type.JOINT_TRAJECTORY, ur.command().type());
    assertEquals(1.57, ur.actions().get(2).limits().maxVelocity());
    assertEquals(ActionKind.GRIPPER, ur.actions().get(6).kind());
    assertEquals(0.8, ur.actions().get(6).gripper().highCommand());
    RobotDescription so101 = RobotFile.read(ROBOTS.resolve("so101.yaml"));
    assertEquals(Math.PI / 2, so101.state().joints().get(0).units().toRobot(90), 1e-12);
    assertEquals(0.5, so101.actions().get(5).units().toRobot(50), 1e-12);
    RobotDescription planar = RobotFile.read(SEVEN_JOINTS);
    assertEquals(Optional.of(Duration.ofMillis(300)), planar.cameras().get(1).maxAge());
  }

  @Test
  void qualityAndLookaheadAreReadAndHaveDefaults() throws IOException {
    RobotDescription plain = RobotFile.read(SEVEN_JOINTS);
    assertEquals(Reliability.BEST_EFFORT, plain.cameras().get(0).reliability());
    assertEquals(Reliability.BEST_EFFORT, plain.state().reliability());
    assertEquals(Duration.ofMillis(300), RobotFile.read(ROBOTS.resolve("ur5e_gripper.yaml")).command().lookahead());
    Path file = directory.resolve("robot.yaml");
    Files.writeString(file, Files.readString(SEVEN_JOINTS)
        .replace("max_age_ms: 300", "reliability: reliable")
        .replace("topic: /joint_states", "topic: /joint_states\n  reliability: reliable")
        .replace("type: float64_multi_array", "type: joint_trajectory, lookahead_ms: 82.5"));
    RobotDescription robot = RobotFile.read(file);
    assertEquals(Reliability.BEST_EFFORT, robot.cameras().get(0).reliability());
    assertEquals(Reliability.RELIABLE, robot.cameras().get(1).reliability());
    assertEquals(Reliability.RELIABLE, robot.state().reliability());
    assertEquals(Duration.ofNanos(82_500_000), robot.command().lookahead());
  }

  private String refusal(String from, String to) throws IOException {
    String text = Files.readString(SEVEN_JOINTS);
    assertTrue(text.contains(from), from);
    Path file = directory.resolve("robot.yaml");
    Files.writeString(file, text.replace(from, to));
    String message = assertThrows(BadInputException.class, () -> RobotFile.read(file)).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    return message.substring(file.toString().length());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "transport: compressed | crop: {x: 0, y: 0, width: 0, height: 5} | cameras[1].crop: crop must begin at 0 or later",
    "topic: /joint_states | topic: *joints | aliases are not allowed, found '*joints'",
    "kind: gripper, | kind: griper, | actions[6].kind: expected one of [absolute, delta, velocity, gripper], found \"griper\"",
    "max_velocity: 2.0, max_acc | max_velocty: 2.0, max_acc | actions[0]: unknown key 'max_velocty'; did you mean 'max_velocity'?",
    "transport: compressed | transport: zip | cameras[1].transport: expected one of [raw, compressed], found \"zip\"",
    "max_age_ms: 300 | max_age_ms: 0 | cameras[1].max_age_ms: expected 1 to 60000 ms",
    "topic: /joint_states | topics: /joint_states | did you mean 'topic'?",
    "topic: /joint_states | topic: /joint-states | state.topic: ROS name is not valid: '/joint-states'",
    "min: -5.0, max: 5.0 | min: 5.0, max: -5.0 | actions[2]",
    "{name: joint_2} | {name: joint_1} | joint_1 twice",
    "{name: joint_2} | {name: 2} | state.joints[1].name: expected a text, found 2",
    "{name: joint_2} | {name: joint_2, unit: parsec} | state.joints[1].unit: expected one of",
    "{name: joint_2} | {name: joint_2, sign: 0} | state.joints[1]",
    "type: float64_multi_array | type: float32 | command.type: expected one of",
    "type: float64_multi_array | type: joint_trajectory, lookahead_ms: 20 | command.lookahead_ms: a trajectory looks ahead for 50 to 2000 ms",
    "type: float64_multi_array | type: joint_trajectory, lookahead_ms: long | command.lookahead_ms: expected a number, found \"long\"",
    "type: float64_multi_array | type: float64_multi_array, lookahead_ms: 300 | command.lookahead_ms: expected type joint_trajectory",
    "max_age_ms: 300 | reliability: most | cameras[1].reliability: expected one of [best_effort, reliable], found \"most\"",
    "gripper: {low: 0.3, high: 0.7, low_command: 0.0, high_command: 1.0} | min: 0.0 | actions[6].gripper: expected keys of [low, high, low_command, high_command], found nothing",
    "kind: gripper, | kind: absolute, | actions[6].gripper: expected kind gripper beside it, found absolute",
    "name: seven_joints | nam: seven_joints | unknown key 'nam'; did you mean 'name'?",
    "name: seven_joints | name: [ | not valid YAML",
    "low: 0.3, high: 0.7 | low: 0.9, high: 0.7 | actions[6].gripper",
    "{name: joint_3, kind: absolute | {name: elbow, kind: velocity | action elbow: min and max limit positions, but state measures no joint elbow",
    "{name: joint_3, kind: absolute | {name: elbow, kind: delta | action elbow: min and max limit positions, but state measures no joint elbow",
  })
  void whatIsWrongIsNamedByFileAndPlace(String from, String to, String expected) throws IOException {
    String message = refusal(from, to);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void aSecondDocumentIsRefusedBecauseItWouldBeLost() throws IOException {
    Path file = directory.resolve("robot.yaml");
    Files.writeString(file, Files.readString(SEVEN_JOINTS) + "---\nactions: []\n");
    String message = assertThrows(BadInputException.class, () -> RobotFile.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": expected one YAML document, found another after it (line "), message);
    Files.writeString(file, "---\n" + Files.readString(SEVEN_JOINTS) + "...\n");
    assertEquals("seven_joints", RobotFile.read(file).name());
  }

  @Test
  void aMissingFileIsNamed() {
    assertTrue(assertThrows(BadInputException.class, () -> RobotFile.read(directory.resolve("no.yaml"))).getMessage().contains("no such file"));
  }

  @Test
  void mutatedFilesAreReadOrRefusedButNothingElseHappens() throws IOException {
    String text = Files.readString(ROBOTS.resolve("ur5e_gripper.yaml"));
    SplittableRandom random = new SplittableRandom(9);
    Path file = directory.resolve("robot.yaml");
    String letters = "{}[]:,-#&*!|>'\"%@ \n0179aexy.";
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      StringBuilder mutated = new StringBuilder(text);
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        mutated.setCharAt(random.nextInt(mutated.length()), letters.charAt(random.nextInt(letters.length())));
      }
      Files.writeString(file, mutated);
      try {
        assertFalse(RobotFile.read(file).actions().isEmpty());
      } catch (BadInputException e) {
        refused++;
      }
    }
    assertTrue(refused > 500, "many mutations are impossible, " + refused + " were refused");
  }
}
