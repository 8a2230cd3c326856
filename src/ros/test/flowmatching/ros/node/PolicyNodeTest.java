package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import flowmatching.control.ControllerState;
import flowmatching.control.JointLimits;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.DiagnosticStatus;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.KeyValue;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.parameter.Parameters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PolicyNodeTest {
  @Test
  void everyClockStepIsAnsweredByOneCommandOnThePolicysPath() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      assertTrue(robot.call("enable").success());
      for (int i = 0; i < 20; i++) {
        double[] command = robot.stepAndWait();
        double moved = 0.1 * RampPolicy.RATE * i * SimulatedRobot.PERIOD * 1e-9;
        assertArrayEquals(new double[] {1 + moved, -2 + moved}, command, 1e-5, "step " + i);
      }
      robot.awaitCount("command.published", 20);
      robot.tick(); // a simulator that says the same time again missed the command
      Await.value(21, robot.commands::size);
      assertArrayEquals(robot.commands.get(19), robot.commands.get(20));
      robot.stepAndWait();
      robot.awaitCount("command.published", 22);
      assertEquals(22, robot.node.counters().get("command.published"));
      assertEquals(1, robot.node.counters().get("command.repeated"));
    }
  }

  @Test
  void stateAndActionsChangeUnitsOnTheWay() {
    UnitConversion shoulder = new UnitConversion(Math.PI / 180, 0.5, -1);
    UnitConversion elbow = new UnitConversion(0.01, 0, 1);
    StateSource state = new StateSource("/joint_states",
        List.of(new StateJoint("shoulder", shoulder), new StateJoint("elbow", elbow)), Optional.empty());
    RobotDescription plain = SimulatedRobot.description();
    RobotDescription description = new RobotDescription("bench", plain.cameras(), state,
        List.of(new ActionJoint("shoulder", ActionKind.ABSOLUTE, shoulder, JointLimits.NONE),
            new ActionJoint("elbow", ActionKind.ABSOLUTE, elbow, JointLimits.NONE)),
        plain.command());
    RampPolicy policy = new RampPolicy(2);
    try (SimulatedRobot robot = new SimulatedRobot(description, policy, Map.of())) {
      robot.call("enable");
      assertArrayEquals(new double[] {1, -2}, robot.stepAndWait(), 1e-5);
      for (int i = 0; i < 4; i++) {
        robot.stepAndWait();
      }
      // The sixth command is 0.1 s later: one action, a step of 2 data set units.
      assertArrayEquals(new double[] {1 - 2 * Math.PI / 180, -2 + 2 * 0.01}, robot.stepAndWait(), 1e-5);
      assertArrayEquals(new float[] {(float) (-(1 - 0.5) * 180 / Math.PI), -200}, policy.observations().get(0).state(), 1e-3f);
    }
  }

  @Test
  void servicesLeadFromStateToStateAndSayWhatHappens() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      robot.awaitState(ControllerState.INACTIVE);
      robot.step();
      assertTrue(robot.call("enable").success());
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
      assertTrue(robot.call("reset").success());
      robot.stepAndWait();
      assertTrue(robot.call("disable").success());
      Await.until("it stands", () -> {
        robot.step();
        return robot.node.status().state() == ControllerState.INACTIVE;
      });
      assertFalse(robot.node.status().reason().isBlank());
    }
  }

  @Test
  void afterAnEmergencyStopOnlyAResetLeadsOn() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      robot.call("enable");
      robot.stepAndWait();
      assertTrue(robot.call("emergency_stop").success());
      robot.awaitState(ControllerState.STOPPING);
      assertTrue(robot.node.status().latched());
      assertFalse(robot.call("enable").success());
      robot.step();
      assertTrue(robot.call("reset").success());
      robot.awaitState(ControllerState.INACTIVE);
      assertTrue(robot.call("enable").success());
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
    }
  }

  @Test
  void inShadowEverythingHappensButCommands() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("shadow", true))) {
      robot.call("enable");
      for (int i = 1; i <= 5; i++) {
        robot.step();
        robot.awaitCount("command.shadowed", i);
      }
      assertEquals(0, robot.commands.size());
      robot.parameters.set(Map.of("shadow", false));
      robot.stepAndWait();
      robot.awaitCount("command.published", 1);
    }
  }

  @Test
  void autostartNeedsNoCall() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("autostart", true))) {
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
    }
  }

  @Test
  void aStreamThatStopsHoldsTheRobotUntilItIsBack() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      robot.call("enable");
      robot.stepAndWait();
      for (int i = 0; i < 40 && robot.node.status().state() != ControllerState.HOLDING; i++) {
        robot.time += SimulatedRobot.PERIOD;
        int before = robot.commands.size();
        robot.joints.publish(robot.state(1, -2));
        robot.tick();
        Await.until("a command or a hold", () -> robot.commands.size() > before);
      }
      robot.awaitState(ControllerState.HOLDING);
      assertTrue(robot.node.status().reason().contains(RampPolicy.CAMERA), robot.node.status().reason());
      robot.step();
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
    }
  }

  @Test
  void thePredictedChunkIsPublishedWithTheTimesOfItsActions() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<JointTrajectory> chunks = robot.collect("/policy/predicted_chunk", JointTrajectory.TYPE);
      robot.call("enable");
      robot.stepAndWait();
      robot.stepAndWait();
      Await.until("the chunk came", () -> !chunks.isEmpty());
      JointTrajectory chunk = chunks.get(0);
      assertEquals(List.of("shoulder", "elbow"), chunk.jointNames());
      assertEquals(RampPolicy.CHUNK, chunk.points().size());
      assertEquals(300_000_000, chunk.points().get(3).timeFromStart().toNanoseconds());
      assertArrayEquals(new double[] {1.3, -1.7}, chunk.points().get(3).positions(), 1e-5);
      assertEquals(Time.ZERO, chunk.header().stamp());
    }
  }

  @Test
  void commandsGoOutInTheTypeThatTheRobotTakes() {
    ActionJoint[] joints = SimulatedRobot.description().actions().toArray(ActionJoint[]::new);
    RobotDescription states = SimulatedRobot.description(SimulatedRobot.target(CommandTarget.Type.JOINT_STATE), joints);
    try (SimulatedRobot robot = new SimulatedRobot(states, new RampPolicy(0.1f), Map.of("autostart", true))) {
      List<JointState> commands = robot.collect("/command", JointState.TYPE);
      robot.step();
      Await.until("a command came", () -> !commands.isEmpty());
      assertEquals(List.of("shoulder", "elbow"), commands.get(0).name());
      assertArrayEquals(new double[] {1, -2}, commands.get(0).position(), 1e-6);
      assertEquals(robot.now(), commands.get(0).header());
    }
    RobotDescription trajectories =
        SimulatedRobot.description(SimulatedRobot.target(CommandTarget.Type.JOINT_TRAJECTORY), joints);
    try (SimulatedRobot robot = new SimulatedRobot(trajectories, new RampPolicy(0.1f), Map.of("autostart", true))) {
      List<JointTrajectory> commands = robot.collect("/command", JointTrajectory.TYPE);
      robot.step();
      Await.until("a command came", () -> !commands.isEmpty());
      assertEquals(robot.now(), commands.get(0).header());
      assertEquals(List.of("shoulder", "elbow"), commands.get(0).jointNames());
      assertArrayEquals(new double[] {1, -2}, commands.get(0).points().get(0).positions(), 1e-6);
    }
  }

  @Test
  void diagnosticsSayStateReasonRuntimeCountersAndLatencies() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<DiagnosticArray> reports = robot.collect("/diagnostics", DiagnosticArray.TYPE);
      robot.call("enable");
      robot.stepAndWait();
      robot.awaitCount("command.published", 1);
      int before = reports.size();
      Await.until("a new report came", () -> reports.size() > before + 1);
      DiagnosticArray report = reports.get(reports.size() - 1);
      assertEquals("active", value(report, "state"));
      assertEquals("bench", report.status().get(0).hardwareId());
      assertEquals("/policy: policy", report.status().get(0).name());
      assertEquals(DiagnosticStatus.OK, report.status().get(0).level());
      assertEquals("test runtime", value(report, "runtime"));
      assertEquals("active", value(report, "lifecycle"));
      assertTrue(Double.parseDouble(value(report, "command.rate_hz")) >= 0);
      assertTrue(Double.parseDouble(value(report, "stream.observation.state.rate_hz")) >= 0);
      assertEquals("1", value(report, "command.published"));
      assertTrue(Double.parseDouble(value(report, "chunk_duration.p50_ms")) >= 0);
    }
  }

  @Test
  void aJumpOfTheClockThatTheNodeIsToSurviveIsSaidInOneLineOfInformation() {
    try (SimulatedRobot robot = new SimulatedRobot(Map.of("autostart", true, "rearm_after_clock_jump", true))) {
      for (int i = 0; i <= 20; i++) {
        robot.stepAndWait();
      }
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.time = 0;
      robot.stepAndWait();
      robot.stepAndWait();
      robot.node.close(); // says the last line
      Await.until("the end is said", () -> List.copyOf(lines).stream().anyMatch(line -> line.msg().contains("shut down")));
      List<Log> jump = List.copyOf(lines).stream().takeWhile(line -> !line.msg().contains("shutdown") && !line.msg().contains("shut down")).toList();
      assertEquals(List.of("simulated time jumped back by 0.380 s: a new episode begins with new samples and a new chunk"), jump.stream().map(Log::msg).toList());
      assertEquals(Log.INFO, jump.get(0).level());
    }
  }

  @Test
  void theLastReportOfANodeSaysThatNothingNewerWillCome() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<DiagnosticArray> reports = robot.collect("/diagnostics", DiagnosticArray.TYPE);
      robot.node.close();
      Await.until("it came", () -> !reports.isEmpty()
          && reports.get(reports.size() - 1).status().get(0).level() == DiagnosticStatus.STALE);
      assertEquals("finalized", value(reports.get(reports.size() - 1), "lifecycle"));
    }
  }

  private static String value(DiagnosticArray report, String key) {
    return report.status().get(0).values().stream()
        .filter(value -> value.key().equals(key)).map(KeyValue::value).findFirst().orElse("");
  }

  @Test
  void shuttingDownStopsWhatRollsAndClosesThePolicy() {
    RampPolicy policy = new RampPolicy(0);
    RobotDescription description = SimulatedRobot.description(SimulatedRobot.target(CommandTarget.Type.FLOAT64_MULTI_ARRAY),
        SimulatedRobot.joint("left_wheel", ActionKind.VELOCITY), SimulatedRobot.joint("right_wheel", ActionKind.VELOCITY));
    SimulatedRobot robot = new SimulatedRobot(description, policy, Map.of("autostart", true));
    assertArrayEquals(new double[] {1, -2}, robot.stepAndWait(), 1e-6);
    robot.node.close();
    Await.until("the last command says stop", () -> {
      double[] last = robot.commands.get(robot.commands.size() - 1);
      return last[0] == 0 && last[1] == 0;
    });
    Await.value(1, policy::closed);
    assertFalse(robot.robot.client("/policy/enable", Trigger.TYPE).available());
    assertEquals(0, robot.camera.subscriptions());
    robot.close();
    assertEquals(1, policy.closed());
  }

  @Test
  void parametersChangeARunningNodeOrAreRefused() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      robot.call("enable");
      robot.stepAndWait();
      String reason = assertThrows(BadInputException.class,
          () -> robot.parameters.set(Map.of("execution_horizon", RampPolicy.CHUNK + 1))).getMessage();
      assertTrue(reason.contains("at most the policy's chunk of 20"), reason);
      robot.parameters.set(Map.of("control_rate", 25));
      robot.stepAndWait();
      for (int i = 0; i < 5; i++) {
        robot.step(); // too early for 25 Hz
        robot.stepAndWait();
      }
      assertEquals(7, robot.commands.size());
    }
  }

  @Test
  void withTheSystemsClockCommandsComeWithoutAnybodyTicking() {
    Map<String, ?> given = Map.of("use_sim_time", false, "autostart", true, "control_rate", 200);
    try (SimulatedRobot robot = new SimulatedRobot(given)) {
      Await.until("50 commands came", () -> {
        robot.time = robot.robot.clock().now();
        robot.camera.publish(robot.image(8, 6));
        robot.joints.publish(robot.state(1, -2));
        return robot.commands.size() >= 50 && robot.node.status().state() == ControllerState.ACTIVE;
      });
      assertTrue(robot.node.latencies().get("chunk_duration").microseconds().getTotalCount() > 0);
    }
  }

  @Test
  void aNodeThatCannotStartClosesThePolicyAndSaysWhy() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      RampPolicy three = new RampPolicy(0, 3, List.of(RampPolicy.camera(RampPolicy.CAMERA)));
      String reason = refusal(robot.graph.join(GraphNames.of("/", "other")), three);
      assertTrue(reason.contains("3 values") && reason.contains("2 joints"), reason);
      assertEquals(1, three.closed());
      RampPolicy policy = new RampPolicy(0);
      reason = refusal(robot.graph.join(GraphNames.of("/", "third"), true), policy);
      assertTrue(reason.contains("use_sim_time is false"), reason);
      assertEquals(1, policy.closed());
    }
  }

  @Test
  void aNodeWhoseTopicsAreRefusedLeavesNeitherTopicsNorThreads() {
    for (String remap : List.of("/command:=/rosout", "~/provenance:=/rosout", "~/transition_event:=/rosout")) {
      try (InProcessGraph graph = new InProcessGraph()) {
        RobotGraph place = graph.join(new GraphNames("/", "refused", List.of(remap)));
        RampPolicy policy = new RampPolicy(0);
        String reason = refusal(place, policy);
        assertTrue(reason.contains("/rosout carries rcl_interfaces/msg/Log"), reason);
        assertEquals(1, policy.closed());
        assertEquals(List.of(), place.topicEndpoints(), remap);
        Await.until("its threads have ended", () -> Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().startsWith("/refused thread")));
      }
    }
  }

  @Test
  void aNodeWhoseServicesAreRefusedLeavesNothingInTheGraph() {
    try (InProcessGraph graph = new InProcessGraph()) {
      RobotGraph place = graph.join(new GraphNames("/", "refused", List.of("~/set_parameters:=~/get_parameters")));
      String reason = refusal(place, new RampPolicy(0));
      assertTrue(reason.contains("/refused/get_parameters is served already"), reason);
      assertEquals(List.of(), place.topicEndpoints());
      place.serve("~/get_parameters", Trigger.TYPE, request -> null); // the name is free again
    }
  }

  private static String refusal(RobotGraph graph, RampPolicy policy) {
    return assertThrows(BadInputException.class,
        () -> PolicyNode.start(graph, SimulatedRobot.description(), Parameters.defaults(), policy, "test runtime")).getMessage();
  }
}
