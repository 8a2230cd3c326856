package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.control.ControllerState;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersResult;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RampPolicy;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole node and a robot behind Cyclone DDS, while others on the wire do what they should not. */
@Timeout(120)
@SuppressWarnings("try") // a peer is there to be met, not always to be asked
class PolicyNodeInteropTest {
  private static final Path ROBOT_FILE = Path.of(System.getProperty("flowmatching.home", "."), "src/testdata/wire/robot.yaml");
  private static final String FRONT = "stream.observation.images.front.";
  private static final String STATE = "stream.observation.state.";
  private static final double LIMIT = 1; // of the robot file

  @BeforeAll
  static void needsThePeer() throws Exception {
    DdsPeer.assumeAvailable();
  }

  /** A node for the robot of {@code dds_robot.py}. */
  static PolicyNode node(WireGraph graph, Parameters parameters) {
    return PolicyNode.start(graph, RobotFile.read(ROBOT_FILE), parameters, new RampPolicy(0.5f, 3,
        List.of(RampPolicy.camera("observation.images.front"), RampPolicy.camera("observation.images.wrist"))), "test runtime");
  }

  /** An active node whose policy wants to go far beyond the limits, and the robot that it drives. */
  private static final class Scene implements AutoCloseable {
    final WireGraph graph = DdsPeer.node("/", "policy");
    final PolicyNode node =
        node(graph, Parameters.with(Map.of("autostart", true, "max_age_ms", 2000.0, "execution_horizon", 2)));
    DdsPeer robot = DdsPeer.robot("stream", "100");

    Scene() throws IOException {
      goesOn();
    }

    long count(String counter) {
      return node.counters().get(counter);
    }

    void awaitCount(String counter, long least) {
      Await.until(() -> counter + " is " + least + ", found " + count(counter), () -> count(counter) >= least);
    }

    /** Active, or active again, and sends commands. */
    void goesOn() {
      Await.value(ControllerState.ACTIVE, () -> node.status().state());
      awaitCount("command.published", count("command.published") + 10);
    }

    /** The robot stops; each command that it got was within the limits. */
    @Override
    public void close() throws IOException {
      try {
        assertWithinLimits(new ObjectMapper().readTree(robot.end()));
      } finally {
        node.close();
        graph.close();
      }
    }

    private static void assertWithinLimits(JsonNode seen) {
      assertTrue(seen.get("commands").asInt() > 0, seen::toString);
      assertEquals(0, seen.get("wrong").asInt());
      seen.get("least").forEach(value -> assertTrue(value.asDouble() >= -LIMIT, seen::toString));
      seen.get("most").forEach(value -> assertTrue(value.asDouble() <= LIMIT, seen::toString));
    }
  }

  @Test
  void bytesThatAreNoMessagesAndNoRequestsAreCounted() throws Exception {
    try (Scene scene = new Scene(); DdsPeer peer = DdsPeer.joined("garbage", "300", "rt/joint_states=sensor_msgs::msg::dds_::JointState_",
        "rt/camera/front/image_raw=sensor_msgs::msg::dds_::Image_", "rq/policy/enableRequest=std_srvs::srv::dds_::Trigger_Request_",
        "rq/policy/set_parametersRequest=rcl_interfaces::srv::dds_::SetParameters_Request_",
        "rq/policy/change_stateRequest=lifecycle_msgs::srv::dds_::ChangeState_Request_")) {
      scene.awaitCount(STATE + "malformed", 250);
      scene.awaitCount(FRONT + "malformed", 250);
      scene.awaitCount("requests.malformed", 400);
      scene.awaitCount(STATE + "refused", 1); // the last one is well-formed, but has other joints
      scene.goesOn();
    }
  }

  @Test
  void messagesThatContradictThemselvesAreCounted() throws Exception {
    try (Scene scene = new Scene(); DdsPeer peer = DdsPeer.joined("lies")) {
      Await.until(() -> "all are counted: " + scene.node.counters(), () -> became(scene, STATE) >= 8 * 20 && became(scene, FRONT) >= 6 * 20
          && scene.count(STATE + "refused") > 20 && scene.count(STATE + "not_a_number") > 20 && scene.count(FRONT + "refused") > 20);
      scene.goesOn();
    }
  }

  private static long became(Scene scene, String stream) {
    return scene.count(stream + "refused") + scene.count(stream + "overtaken") + scene.count(stream + "lost")
        + (stream.equals(STATE) ? scene.count(STATE + "not_a_number") : 0);
  }

  @Test
  void aCameraThatChangesItsSizeIsCounted() throws Exception {
    try (Scene scene = new Scene(); DdsPeer peer = DdsPeer.joined("sizes")) {
      scene.awaitCount(FRONT + "size_changed", 3);
      scene.goesOn();
    }
  }

  @Test
  void peersThatUseOtherTypesUnderTheNamesOfTheNodesTopicsAreNotConnected() throws Exception {
    try (Scene scene = new Scene(); DdsPeer peer = DdsPeer.start("mistyped")) {
      assertEquals("0 0 0", peer.next());
      scene.goesOn();
      assertEquals(0, scene.count(STATE + "malformed") + scene.count(FRONT + "malformed"));
    }
  }

  @Test
  void aCameraThatStopsHoldsTheRobotUntilItComesBack() throws Exception {
    try (Scene scene = new Scene()) {
      scene.robot.kill();
      Await.value(ControllerState.HOLDING, () -> scene.node.status().state());
      scene.robot = DdsPeer.robot("stream", "100", "joints", "front");
      String missing = "no sample of observation.images.wrist for more than 2.0 s";
      Await.value(missing, () -> scene.node.status().reason());
      try (DdsPeer camera = DdsPeer.robot("stream", "100", "wrist")) {
        scene.goesOn();
      }
      Await.value(missing, () -> scene.node.status().reason());
    }
  }

  @Test
  void aRobotThatDiesIsWaitedForAndGoesOnWhenItIsStartedAgain() throws Exception {
    try (Scene scene = new Scene()) {
      for (int i = 0; i < 3; i++) {
        scene.robot.kill();
        Await.value(ControllerState.HOLDING, () -> scene.node.status().state());
        scene.robot = DdsPeer.robot("stream", "100");
        scene.goesOn();
      }
    }
  }

  @Test
  void aFloodOfParametersIsAnsweredAndWhatIsWrongRefusedAndCounted() throws Exception {
    try (Scene scene = new Scene(); WireGraph other = DdsPeer.node("/", "other")) {
      ServiceClient<SetParameters.Request, SetParameters.Response> client = other.client("/policy/set_parameters", SetParameters.TYPE);
      Await.until("the service is seen", client::available);
      List<Parameter> wrong = List.of(
          new Parameter("no_such_parameter", ParameterValue.of(1L)),
          new Parameter("control_rate", ParameterValue.of(-1.0)),
          new Parameter("control_rate", ParameterValue.of(Double.NaN)),
          new Parameter("num_steps", ParameterValue.of("many")),
          new Parameter("policy_path", ParameterValue.of("/no/such/policy")),
          new Parameter("use_sim_time", ParameterValue.of(true)));
      List<CompletableFuture<SetParameters.Response>> answers = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        answers.add(client.call(new SetParameters.Request(List.of(
            wrong.get(i % wrong.size()), new Parameter("fade_ms", ParameterValue.of((double) (i % 200)))))));
        if (i % 20 == 0) { // no more than a service keeps
          answers.get(i).get(20, TimeUnit.SECONDS);
        }
      }
      for (CompletableFuture<SetParameters.Response> answer : answers) {
        List<SetParametersResult> results = answer.get(20, TimeUnit.SECONDS).results();
        assertFalse(results.get(0).successful());
        assertFalse(results.get(0).reason().isEmpty());
        assertTrue(results.get(1).successful());
      }
      assertEquals(300, scene.count("parameters.refused"));
      scene.goesOn();
    }
  }

  @Test
  void anotherNodeOfTheSameNameChangesNothingForTheRobot() throws Exception {
    try (Scene scene = new Scene(); WireGraph twin = DdsPeer.node("/", "policy"); WireGraph other = DdsPeer.node("/", "other")) {
      twin.serve("~/disable", Trigger.TYPE, request -> new Trigger.Response(false, "this is the other one"));
      Await.until("both are seen", () -> scene.graph.describe().nodes().stream().filter("/policy"::equals).count() == 2);
      ServiceClient<Trigger.Request, Trigger.Response> client = other.client("/policy/enable", Trigger.TYPE);
      Await.until("the service is seen", client::available);
      assertTrue(client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS).success());
      scene.goesOn();
    }
  }
}
