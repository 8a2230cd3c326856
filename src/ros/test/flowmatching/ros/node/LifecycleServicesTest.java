package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.ros.graph.Await;
import flowmatching.ros.message.ChangeState;
import flowmatching.ros.message.GetAvailableStates;
import flowmatching.ros.message.GetAvailableTransitions;
import flowmatching.ros.message.GetState;
import flowmatching.ros.message.LifecycleState;
import flowmatching.ros.message.LifecycleTransition;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.ServiceType;
import flowmatching.ros.message.TransitionEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LifecycleServicesTest {
  private static <Q, R> R ask(SimulatedRobot robot, String service, ServiceType<Q, R> type, Q request) {
    return robot.robot.client("/policy/" + service, type).call(request).orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static String state(SimulatedRobot robot) {
    return ask(robot, "get_state", GetState.TYPE, new GetState.Request()).currentState().label();
  }

  private static boolean change(SimulatedRobot robot, int id, String label) {
    LifecycleTransition wanted = new LifecycleTransition((byte) id, label);
    return ask(robot, "change_state", ChangeState.TYPE, new ChangeState.Request(wanted)).success();
  }

  private static List<String> available(SimulatedRobot robot) {
    GetAvailableTransitions.Request request = new GetAvailableTransitions.Request();
    return ask(robot, "get_available_transitions", GetAvailableTransitions.TYPE, request).availableTransitions().stream()
        .map(transition -> transition.transition().label()).toList();
  }

  /** Clock steps until the node is in that state. */
  private static void stepUntil(SimulatedRobot robot, String state) {
    Await.until(state, () -> {
      robot.step();
      return state(robot).equals(state);
    });
  }

  private static void awaitSteps(List<TransitionEvent> events, String... labels) {
    Await.value(List.of(labels), () -> List.copyOf(events).stream()
        .map(event -> event.startState().label() + " > " + event.goalState().label()).toList());
  }

  @Test
  void aManagerActivatesAndDeactivatesTheNode() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      assertEquals("inactive", state(robot));
      assertEquals(List.of("activate", "cleanup", "shutdown"), available(robot));
      assertTrue(change(robot, 3, ""));
      robot.stepAndWait();
      assertEquals("active", state(robot));
      assertEquals(ControllerState.ACTIVE, robot.node.status().state());
      assertEquals("~/change_state to activate was called", robot.node.status().reason());
      assertEquals(List.of("deactivate", "shutdown"), available(robot));
      assertTrue(change(robot, 0, "deactivate"));
      stepUntil(robot, "inactive");
    }
  }

  @Test
  void holdingIsActiveAndBeingBroughtToRestIsDeactivating() {
    assertEquals(LifecycleGraph.ACTIVE, of(ControllerState.HOLDING, false));
    assertEquals(LifecycleGraph.ACTIVE, of(ControllerState.ACTIVE, false));
    assertEquals(LifecycleGraph.DEACTIVATING, of(ControllerState.STOPPING, false));
    assertEquals(LifecycleGraph.ERROR_PROCESSING, of(ControllerState.STOPPING, true));
    assertEquals(LifecycleGraph.ERROR_PROCESSING, of(ControllerState.ERROR, false));
    assertEquals(LifecycleGraph.INACTIVE, of(ControllerState.INACTIVE, false));
    assertEquals(LifecycleGraph.UNCONFIGURED, of(ControllerState.UNCONFIGURED, false));
  }

  private static LifecycleState of(ControllerState state, boolean latched) {
    return NodeLifecycle.of(new ControllerStatus(state, "because", latched), false);
  }

  @Test
  void eachTransitionIsAnnouncedOnceAlsoThoseOfTheOtherServices() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<TransitionEvent> events = robot.collect("/policy/transition_event", TransitionEvent.TYPE);
      robot.call("enable");
      robot.stepAndWait();
      awaitSteps(events, "inactive > activating", "activating > active");
      robot.call("emergency_stop");
      awaitSteps(events, "inactive > activating", "activating > active", "active > deactivating", "deactivating > errorprocessing");
      assertEquals("errorprocessing", state(robot));
      assertEquals(List.of(), available(robot));
      assertFalse(change(robot, 3, ""));
      robot.call("reset");
      awaitSteps(events, "inactive > activating", "activating > active", "active > deactivating", "deactivating > errorprocessing",
          "errorprocessing > unconfigured", "unconfigured > configuring", "configuring > inactive");
      assertEquals(List.of(3, 30, 4, 42, 60, 1, 10), List.copyOf(events).stream().map(event -> (int) event.transition().id()).toList());
    }
  }

  @Test
  void transitionsThatTheStateLacksAreRefusedWithAReason() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      assertFalse(change(robot, 1, ""));
      assertFalse(change(robot, 4, "deactivate"));
      assertFalse(change(robot, 255, ""));
      assertFalse(change(robot, 3, "x".repeat(100_000)));
      assertEquals("inactive", state(robot));
      Await.until("the reasons came", () -> lines.size() >= 4);
      assertEquals("~/change_state was refused: inactive has no transition 1", lines.get(0).msg());
      assertEquals("~/change_state was refused: inactive has no transition 255", lines.get(2).msg());
      assertTrue(lines.get(3).msg().length() < 120);
    }
  }

  @Test
  void statesAndGraphAreThoseOfEveryLifecycleNode() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      assertEquals(LifecycleGraph.STATES,
          ask(robot, "get_available_states", GetAvailableStates.TYPE, new GetAvailableStates.Request()).availableStates());
      GetAvailableTransitions.Request request = new GetAvailableTransitions.Request();
      assertEquals(LifecycleGraph.TRANSITIONS,
          ask(robot, "get_transition_graph", GetAvailableTransitions.TYPE, request).availableTransitions());
    }
  }

  @Test
  void aCleanedUpNodeLoadsItsPolicyAgain() {
    List<RampPolicy> loaded = Collections.synchronizedList(new ArrayList<>());
    PolicyLoader loader = parameters -> {
      loaded.add(new RampPolicy(0.1f));
      return LoadedPolicy.of(loaded.get(loaded.size() - 1), "runtime");
    };
    try (SimulatedRobot robot = new SimulatedRobot(loader, Map.of("policy_path", "a"))) {
      assertTrue(change(robot, 2, ""));
      assertEquals("unconfigured", state(robot));
      Await.value(1, () -> loaded.get(0).closed());
      assertEquals(List.of("configure", "shutdown"), available(robot));
      assertTrue(change(robot, 1, ""));
      Await.value("inactive", () -> state(robot));
      assertEquals(2, loaded.size());
      robot.call("enable");
      robot.stepAndWait();
      assertEquals("active", state(robot));
    }
    Await.value(1, () -> loaded.get(1).closed());
  }

  @Test
  void aPolicyThatCannotBeLoadedLeavesTheNodeUnconfigured() {
    List<String> paths = Collections.synchronizedList(new ArrayList<>());
    PolicyLoader loader = parameters -> {
      paths.add(parameters.text("policy_path"));
      if (paths.size() > 1) {
        throw new BadInputException("no weights there");
      }
      return LoadedPolicy.of(new RampPolicy(0), "runtime");
    };
    try (SimulatedRobot robot = new SimulatedRobot(loader, Map.of("policy_path", "a"))) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      assertTrue(change(robot, 2, ""));
      assertTrue(change(robot, 1, ""));
      Await.until("the reason came", () -> List.copyOf(lines).stream()
          .anyMatch(line -> line.level() == Log.ERROR && line.msg().equals("policy a cannot be used: no weights there")));
      Await.value("unconfigured", () -> state(robot));
    }
  }

  @Test
  void aNodeThatIsShutDownBringsTheRobotToRestAndRefusesEverythingElse() {
    RampPolicy policy = new RampPolicy(0.1f);
    try (SimulatedRobot robot = new SimulatedRobot(SimulatedRobot.description(), policy, Map.of("autostart", true))) {
      List<TransitionEvent> events = robot.collect("/policy/transition_event", TransitionEvent.TYPE);
      robot.stepAndWait();
      Await.value("active", () -> state(robot));
      assertFalse(robot.node.ended());
      assertTrue(change(robot, 0, "shutdown"));
      assertTrue(robot.node.ended());
      Await.value("finalized", () -> state(robot));
      Await.value(1, policy::closed);
      assertFalse(robot.call("enable").success());
      assertEquals("the node is shut down", robot.call("emergency_stop").message());
      assertFalse(change(robot, 1, ""));
      assertEquals(List.of(), available(robot));
      awaitSteps(events, "active > shuttingdown", "shuttingdown > finalized");
    }
  }
}
