package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ControllerState;
import flowmatching.ros.graph.Await;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersResult;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other nodes set takes effect while the robot moves. */
@Timeout(120)
class ParameterChangesTest {
  private static CompletableFuture<SetParameters.Response> ask(SimulatedRobot robot, String name, ParameterValue value) {
    SetParameters.Request request = new SetParameters.Request(List.of(new Parameter(name, value)));
    return robot.robot.client("/policy/set_parameters", SetParameters.TYPE).call(request).orTimeout(20, TimeUnit.SECONDS);
  }

  private static SetParametersResult set(SimulatedRobot robot, String name, ParameterValue value) {
    return ask(robot, name, value).join().results().get(0);
  }

  @Test
  void aRateSetByAnotherNodeIsKeptFromTheNextTickOn() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("autostart", true))) {
      robot.stepAndWait();
      assertEquals(SetParametersResult.SUCCESS, set(robot, "control_rate", ParameterValue.of(25.0)));
      robot.stepAndWait();
      for (int i = 0; i < 5; i++) {
        robot.step(); // too early for 25 Hz
        robot.stepAndWait();
      }
      assertEquals(7, robot.commands.size());
    }
  }

  @Test
  void whatDoesNotSuitThePolicyIsRefusedWithTheReasonAndCounted() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("autostart", true))) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      SetParametersResult result = set(robot, "execution_horizon", ParameterValue.of(RampPolicy.CHUNK + 1));
      assertFalse(result.successful());
      assertTrue(result.reason().contains("at most the policy's chunk of 20"), result.reason());
      Await.until("the reason is in the log", () -> List.copyOf(lines).stream().anyMatch(line ->
          line.level() == Log.WARN && line.msg().equals("a parameter was refused: " + result.reason())));
      assertEquals(1, robot.node.counters().get("parameters.refused"));
      assertFalse(set(robot, "use_sim_time", ParameterValue.of(false)).successful());
      robot.stepAndWait();
    }
  }

  @Test
  void aFloodOfSetsDoesNotHoldUpTheRobot() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("autostart", true))) {
      robot.stepAndWait();
      List<CompletableFuture<SetParameters.Response>> answers = IntStream.range(0, 2000)
          .mapToObj(i -> ask(robot, i % 2 == 0 ? "fade_ms" : "nothing", ParameterValue.of((double) (i % 50)))).toList();
      for (int i = 0; i < 20; i++) {
        robot.stepAndWait();
      }
      answers.forEach(CompletableFuture::join);
      robot.awaitState(ControllerState.ACTIVE);
      assertEquals(1000, robot.node.counters().get("parameters.refused"));
      assertTrue(robot.node.counters().get("log.suppressed") > 0);
    }
  }

  @Test
  void everyStateIsLoggedOnceWithItsReason() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.call("enable");
      robot.call("enable");
      robot.stepAndWait();
      robot.call("emergency_stop");
      robot.call("enable");
      Await.until("the refusal came", () -> List.copyOf(lines).stream().anyMatch(line -> line.msg().startsWith("~/enable was refused: ")));
      List<String> messages = List.copyOf(lines).stream().map(Log::msg).toList();
      assertEquals(1, messages.stream().filter("ACTIVE (~/enable was called): The policy commands the robot."::equals).count());
      assertEquals(1, messages.stream().filter(message -> message.startsWith("STOPPING (~/emergency_stop was called)")).count());
    }
  }
}
