package flowmatching.app.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.control.ControllerState;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.node.PolicyLoader;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ArmRobotTest {
  private static final RobotDescription ROBOT = RobotFile.read(TestData.home().resolve("config/robots/planar_arm.yaml"));
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final InProcessGraph graph = new InProcessGraph();

  private RobotGraph join(String name) {
    return graph.join(GraphNames.of("/", name));
  }

  @AfterEach
  void close() {
    graph.close();
  }

  /** An arm with its expert, who leaves with the graph. */
  private ArmRobot taught() {
    ArmRobot arm = new ArmRobot(join("arm"), ROBOT, true);
    new ArmTeacher(join("teacher"), ROBOT, arm);
    return arm;
  }

  @Test
  void theExpertReachesEveryTargetOverTheTopics() throws InterruptedException {
    try (ArmRobot arm = taught()) {
      for (int seed = 0; seed < 20; seed++) {
        ArmTrial trial = ArmTrial.play(arm, new ArmWorld(ArmTask.PUSH, seed), PATIENCE, () -> {});
        assertTrue(trial.success(), "seed " + seed);
        assertEquals(0, trial.missed());
      }
      assertEquals(0, arm.wrongCommands());
    }
  }

  @Test
  void aMomentIsPublishedOnceAndACommandForItThatIsThereAlreadyCounts() throws InterruptedException {
    List<JointState> states = Collections.synchronizedList(new ArrayList<>());
    join("listener").subscribe(ROBOT.state().topic(), JointState.TYPE, QualityOfService.DEFAULT, states::add);
    try (ArmRobot arm = taught()) {
      ArmWorld world = new ArmWorld(ArmTask.REACH, 1);
      arm.begin(world);
      long stamp = arm.publish();
      while (Arrays.equals(world.joints(), arm.command())) {
        Thread.sleep(1); // the teacher has not answered
      }
      arm.begin(world);
      assertEquals(stamp, arm.publish());
      assertTrue(arm.advance(Duration.ZERO), "the command was there");
      assertTrue(arm.publish() > stamp);
      arm.begin(new ArmWorld(ArmTask.REACH, 2));
      arm.publish();
      assertTrue(arm.advance(PATIENCE));
      while (states.size() < 3) {
        Thread.sleep(1);
      }
      assertEquals(3, states.size());
    }
  }

  @Test
  void picturesAndJointStatesOfAStepBearOneStampAndTimeGoesOnBetweenEpisodes() throws InterruptedException {
    List<Long> pictures = Collections.synchronizedList(new ArrayList<>());
    List<Long> states = Collections.synchronizedList(new ArrayList<>());
    QualityOfService everything = new QualityOfService(1000, QualityOfService.Reliability.BEST_EFFORT, QualityOfService.Durability.VOLATILE);
    RobotGraph listener = join("listener");
    listener.subscribe("/camera/top/image_raw", Image.TYPE, everything, message -> pictures.add(message.header().stamp().toNanoseconds()));
    listener.subscribe("/joint_states", JointState.TYPE, everything, message -> states.add(message.header().stamp().toNanoseconds()));
    int steps = 0;
    try (ArmRobot arm = taught()) {
      for (int seed = 0; seed < 2; seed++) {
        steps += ArmTrial.play(arm, new ArmWorld(ArmTask.REACH, seed), PATIENCE, () -> {}).steps();
      }
    }
    while (states.size() < steps || pictures.size() < steps) {
      Thread.sleep(1);
    }
    for (int i = 0; i < steps; i++) {
      assertEquals(i * 50_000_000L, states.get(i));
      assertEquals(i * 50_000_000L, pictures.get(i));
    }
  }

  @Test
  void commandsThatAreNoneAreCountedAndNotObeyed() throws InterruptedException {
    Publisher<Float64MultiArray> commands = join("commander").advertise("/position_controller/commands", Float64MultiArray.TYPE, QualityOfService.DEFAULT);
    try (ArmRobot arm = new ArmRobot(join("arm"), ROBOT, true)) {
      ArmWorld world = new ArmWorld(ArmTask.REACH, 4);
      arm.begin(world);
      double[] start = world.joints();
      for (double[] wrong : new double[][] {{1}, {1, 2, 3}, {Double.NaN, 1}, {0, Double.POSITIVE_INFINITY}}) {
        arm.publish();
        commands.publish(new Float64MultiArray(MultiArrayLayout.LIST, wrong));
        assertFalse(arm.advance(Duration.ofMillis(50)));
      }
      while (arm.wrongCommands() < 4) {
        Thread.sleep(1);
      }
      assertEquals(4, arm.wrongCommands());
      assertEquals(start[0], world.joints()[0], 0.05);
      arm.publish();
      commands.publish(new Float64MultiArray(MultiArrayLayout.LIST, new double[] {start[0] + 0.5, start[1]}));
      assertTrue(arm.advance(PATIENCE));
      assertTrue(world.joints()[0] > start[0] + 0.02);
    }
  }

  @Test
  void anotherRobotsDescriptionIsRefused() {
    RobotDescription other = RobotFile.read(TestData.path("robots/seven_joints.yaml"));
    String message = assertThrows(BadInputException.class, () -> new ArmRobot(join("arm"), other, true)).getMessage();
    assertTrue(message.contains("[shoulder, elbow]") && message.contains("joint_1"), message);
  }

  /** The policy is random, so that it fails; but each step gets its command, and the arm goes no farther than its limits. */
  @Test
  void thePolicyNodeAnswersEveryStep(@TempDir Path directory) throws IOException, InterruptedException {
    Path config = directory.resolve("new.json");
    Files.writeString(config, """
        {"type": "flowmatching", "n_obs_steps": 1, "n_action_steps": 16, "num_steps": 4, "hidden_dim": 32, "num_layers": 1, "num_heads": 2,
         "input_features": {"observation.images.top": {"type": "VISUAL", "shape": [3, 96, 96]}, "observation.state": {"type": "STATE", "shape": [2]}},
         "output_features": {"action": {"type": "ACTION", "shape": [2]}},
         "normalization_mapping": {"VISUAL": "IDENTITY", "STATE": "IDENTITY", "ACTION": "IDENTITY"}, "max_state_dim": 2, "max_action_dim": 2,
         "vision_backbone": "custom", "vit_embed_dim": 32, "vit": {"patch_size": 16, "num_layers": 1, "num_heads": 2, "mlp_dim": 64},
         "image_size": [96, 96], "action_step_encoding": "sinusoidal", "camera_slots": "fixed", "fps": 20}""");
    Checkpoint.create(directory, FlowMatchingConfig.parse(config.toString(), JsonFile.read(config)), 0);
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(directory, PolicyOptions.defaults().withoutNormalization());
    Parameters parameters = Parameters.with(Map.of("use_sim_time", true, "autostart", true, "control_rate", 20.0));
    RobotGraph place = graph.join(GraphNames.of("/", "policy"), true);
    try (ArmRobot arm = new ArmRobot(join("arm"), ROBOT, true);
        PolicyNode node = PolicyNode.start(place, ROBOT, parameters, LoadedPolicy.of(policy, policy.runtime()), PolicyLoader.NONE)) {
      ArmWorld world = new ArmWorld(ArmTask.REACH, 1);
      ArmTrial trial = ArmTrial.play(arm, world, PATIENCE, () -> {});
      assertEquals(0, trial.missed());
      assertEquals(0, arm.wrongCommands());
      assertEquals(ControllerState.ACTIVE, node.status().state());
      double[] joints = world.joints();
      assertTrue(joints[0] > -1.3 && joints[0] < 2.9 && joints[1] > 0.2 && joints[1] < 2.9, joints[0] + ", " + joints[1]);
    }
  }
}
