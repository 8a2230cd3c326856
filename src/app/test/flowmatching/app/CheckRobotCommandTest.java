package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.wire.DiscoverySettings;
import flowmatching.ros.wire.WireGraph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole command: bad input in this process, robots from a process of its own over DDS. */
@Timeout(300)
class CheckRobotCommandTest {
  private static final String CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model").toString();
  private static final String DATASET = TestData.path("datasets/reach_v30_image").toString();
  private static final int DOMAIN = (int) (13 + ProcessHandle.current().pid() % 40 * 2);
  private static final double[] NONE = {};

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      check-robot                                                     | --robot: expected a robot file
      check-robot --robot=replay                                      | built-in robot 'replay'
      check-robot --robot=no_such                                     | found 'no_such'
      check-robot --robot=metaworld --duration=0                      | --duration: expected more than 0
      check-robot --robot=metaworld --duration=NaN                    | --duration: expected more than 0
      check-robot --robot=metaworld --transport=embedded              | check-robot brings nothing
      check-robot --robot=metaworld --transport=smoke                 | --transport: expected one of
      check-robot --robot=metaworld --policy.path=no/such/directory   | no/such
      check-robot --robot=metaworld --policy.path= --transport=embedded | --policy.path: expected
      check-robot --robot=metaworld --dataset.root=no/such            | no/such
      check-robot --robot=metaworld --ros-args -p no_such:=1          | no_such
      """)
  void badInputIsOneLineThatNamesIt(String line, String expected) {
    Outcome outcome = CommandLines.run(line.split(" "));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().startsWith("error: ") && outcome.err().lines().count() == 1 && outcome.err().contains(expected), outcome.err());
    assertEquals("", outcome.out());
  }

  /** A robot file for the data set's arm. */
  private Path robotFile(String unit) throws IOException {
    StringBuilder text = new StringBuilder("name: reach\ncameras:\n");
    for (String camera : List.of("top", "side")) {
      text.append("  - {key: observation.images.").append(camera).append(", topic: /").append(camera).append(", max_age_ms: 60000}\n");
    }
    String joints = String.join(", ", joints().stream().map(name -> "{name: " + name + ", unit: " + unit + "}").toList());
    String actions = String.join(", ", joints().stream().map(name -> "{name: " + name + ", kind: absolute, unit: " + unit + ", max_velocity: 2.0}").toList());
    text.append("state: {topic: /joint_states, max_age_ms: 60000, joints: [").append(joints).append("]}\n");
    text.append("actions: [").append(actions).append("]\ncommand: {topic: /commands, type: float64_multi_array}\n");
    return Files.writeString(directory.resolve(unit + ".yaml"), text);
  }

  private static List<String> joints() {
    List<String> names = new ArrayList<>(IntStream.rangeClosed(1, 6).mapToObj(i -> "joint_" + i).toList());
    names.add("gripper");
    return names;
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"), "-cp", System.getProperty("java.class.path"),
        "-Dflowmatching.home=" + TestData.home(), "flowmatching.app.Main", "check-robot"));
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    process.environment().put("ROS_DOMAIN_ID", Integer.toString(DOMAIN));
    process.environment().put("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
    return process.start();
  }

  private static WireGraph robot() {
    try {
      return WireGraph.join(GraphNames.of("/", "robot"), false, new DiscoverySettings(DOMAIN, DiscoverySettings.Range.LOCALHOST, List.of()));
    } catch (BadInputException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  /** What the command printed while an arm that stands in the middle of the data set's range sent pictures and joints. */
  private static String output(WireGraph robot, Process command) throws IOException, InterruptedException {
    Publisher<Image> top = robot.advertise("/top", Image.TYPE, QualityOfService.SENSOR_DATA);
    Publisher<Image> side = robot.advertise("/side", Image.TYPE, QualityOfService.SENSOR_DATA);
    Publisher<JointState> state = robot.advertise("/joint_states", JointState.TYPE, QualityOfService.DEFAULT);
    robot.subscribe("/commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {});
    double[] positions = {0.9, 1.8, -2.7, 0.1, 0.45, 0.25, 0.95};
    while (command.isAlive()) {
      Header now = new Header(Time.ofNanoseconds(System.currentTimeMillis() * 1_000_000), "");
      top.publish(new Image(now, 96, 96, "rgb8", false, 288, new byte[96 * 288]));
      side.publish(new Image(now, 96, 128, "rgb8", false, 384, new byte[96 * 384]));
      state.publish(new JointState(now, joints(), positions, NONE, NONE));
      Thread.sleep(50);
    }
    return new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aRobotThatFitsItsPolicyAndDataSetIsFine() throws Exception {
    try (WireGraph robot = robot()) {
      Process command = start("--robot=" + robotFile("same"), "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET);
      String text = output(robot, command);
      assertEquals(0, command.exitValue(), text);
      assertTrue(text.contains("\nNothing needs attention.\n"), text);
      assertTrue(text.lines().anyMatch(line -> line.matches("observation.images.side +rgb8 +128x96 +128x96 +128x96 +[1-9][0-9]* +0")), text);
      assertTrue(text.lines().anyMatch(line -> line.matches("joint_1 +0.9000 +0.9000 +0.89[0-9]+ .* 0.0")), text);
      assertTrue(text.lines().anyMatch(line -> line.matches("/commands +subscription +std_msgs/msg/Float64MultiArray +reliable, volatile +/robot")), text);
    }
  }

  @Test
  void degreesWhereTheDataSetHasRadiansAreFoundByThePolicysStatistics() throws Exception {
    try (WireGraph robot = robot()) {
      Process command = start("--robot=" + robotFile("degrees"), "--json", "-p", "policy_path:=" + CHECKPOINT);
      JsonNode json = new ObjectMapper().readTree(output(robot, command));
      assertEquals(1, command.exitValue());
      assertFalse(json.path("fine").booleanValue());
      JsonNode guess = json.path("findings").get(0);
      assertTrue(guess.path("text").textValue().startsWith("a guess: values are 57.3 times too large: both sides have one unit; set unit: same"), json.toPrettyString());
      assertTrue(guess.path("subject").textValue().startsWith("joint_1, joint_2, joint_3"), json.toPrettyString());
      assertEquals(51.57, json.path("joints").get(0).path("data_set").doubleValue(), 0.01);
      assertTrue(json.path("joints").get(5).path("z").isNull(), json.toPrettyString());
      assertEquals("subscription", json.path("endpoints").get(0).path("kind").textValue());
    }
  }

  @Test
  void asksToEndEarlyAreAnsweredWithAReportOfWhatWasSeen() throws Exception {
    try (WireGraph robot = robot()) {
      Process command = start("--robot=" + robotFile("same"), "--duration=3600");
      Thread ending = new Thread(() -> {
        // The report needs something to report: the node has to be there.
        while (command.isAlive() && robot.topicEndpoints().stream().noneMatch(end -> end.node().equals("/check_robot"))) {
          Thread.onSpinWait();
        }
        command.toHandle().destroy(); // leaves its output open
      });
      ending.start();
      String text = output(robot, command);
      ending.join();
      assertTrue(text.startsWith("robot reach, listened to for ") && text.contains("/joint_states"), text);
    }
  }
}
