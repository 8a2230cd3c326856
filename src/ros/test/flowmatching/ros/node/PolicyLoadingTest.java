package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.control.ControllerState;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.graph.Await;
import flowmatching.ros.message.ChangeState;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.LifecycleTransition;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterEvent;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersResult;
import flowmatching.ros.parameter.Parameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Another policy takes over while the robot goes on, or is refused. */
@Timeout(120)
class PolicyLoadingTest {
  /** Has a policy for each path that a test names, and loads one whenever the test allows it. */
  private static final class Shelf implements PolicyLoader {
    final Map<String, RampPolicy> policies = new HashMap<>();
    final List<String> loaded = Collections.synchronizedList(new ArrayList<>());
    final List<Long> tuned = Collections.synchronizedList(new ArrayList<>());
    final Semaphore allowed = new Semaphore(1);
    /** Successors by path: what follows once {@code built} allows it. */
    final Map<String, RampPolicy> successors = new HashMap<>();
    final Semaphore built = new Semaphore(0);
    final AtomicInteger building = new AtomicInteger();
    final AtomicInteger interrupted = new AtomicInteger();

    @Override
    public void check(Parameters proposed) {
      if (proposed.text("policy_path").isEmpty()) {
        throw new BadInputException("policy_path must not be empty");
      }
    }

    @Override
    public LoadedPolicy load(Parameters parameters) {
      String path = parameters.text("policy_path");
      allowed.acquireUninterruptibly();
      loaded.add(path);
      if (path.equals("torn")) {
        throw new InternalError("a fault occurred in an unsafe memory access operation"); // as of a mapped file that was cut off
      }
      if (!policies.containsKey(path)) {
        throw new BadInputException(path + ": no such policy");
      }
      LoadedPolicy now =
          new LoadedPolicy(policies.get(path), "runtime of " + path, List.of(), changed -> tuned.add(changed.integer("num_steps")));
      return successors.containsKey(path) ? now.followedBy(() -> build(path)) : now;
    }

    /** As a runtime that builds an engine: takes as long as the test wants, and ends early where it is interrupted. */
    private LoadedPolicy build(String path) {
      building.incrementAndGet();
      try {
        built.acquire();
      } catch (InterruptedException e) {
        interrupted.incrementAndGet();
        Thread.currentThread().interrupt();
        throw new BadInputException("building was interrupted");
      }
      if (successors.get(path) == null) {
        throw new BadInputException("the engine of " + path + " cannot be built");
      }
      return LoadedPolicy.of(successors.get(path), "engine of " + path);
    }
  }

  private final Shelf shelf = new Shelf();

  PolicyLoadingTest() {
    shelf.policies.put("a", new RampPolicy(0.1f));
    shelf.policies.put("b", new RampPolicy(0.5f));
    shelf.policies.put("three", new RampPolicy(0.1f, 3, List.of(RampPolicy.camera(RampPolicy.CAMERA))));
  }

  private SimulatedRobot robot() {
    return new SimulatedRobot(shelf, Map.of("policy_path", "a", "autostart", true, "execution_horizon", 1, "fade_ms", 0));
  }

  private static SetParametersResult set(SimulatedRobot robot, String path) {
    SetParameters.Request request =
        new SetParameters.Request(List.of(new Parameter("policy_path", ParameterValue.of(path))));
    return robot.robot.client("/policy/set_parameters", SetParameters.TYPE).call(request)
        .orTimeout(20, TimeUnit.SECONDS).join().results().get(0);
  }

  private static boolean change(SimulatedRobot robot, String label) {
    ChangeState.Request request = new ChangeState.Request(new LifecycleTransition((byte) 0, label));
    return robot.robot.client("/policy/change_state", ChangeState.TYPE).call(request).orTimeout(20, TimeUnit.SECONDS).join().success();
  }

  private static String awaitLine(List<Log> lines, String part) {
    Await.until("a line says " + part, () -> List.copyOf(lines).stream().anyMatch(line -> line.msg().contains(part)));
    return List.copyOf(lines).stream().map(Log::msg).filter(line -> line.contains(part)).findFirst().orElseThrow();
  }

  @Test
  void theRobotGoesOnWhileAnotherPolicyIsLoadedAndThenFollowsThatOne() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      assertEquals(SetParametersResult.SUCCESS, set(robot, "b"));
      for (int i = 0; i < 10; i++) {
        robot.stepAndWait(); // b may not be loaded yet, and a drives on
      }
      assertEquals(List.of(), shelf.policies.get("b").observations());
      shelf.allowed.release();
      awaitLine(lines, "policy b takes over with the next chunk");
      Await.until("b predicts", () -> {
        robot.stepAndWait();
        return !shelf.policies.get("b").observations().isEmpty();
      });
      assertEquals(1, shelf.policies.get("a").closed());
      robot.awaitState(ControllerState.ACTIVE);
      assertEquals("b", robot.parameters.text("policy_path"));
    }
    Await.value(1, () -> shelf.policies.get("b").closed());
  }

  @Test
  void diagnosticsNameThePolicyThatDrivesNotTheOneThatIsBeingLoaded() {
    try (SimulatedRobot robot = robot()) {
      List<DiagnosticArray> reports = robot.collect("/diagnostics", DiagnosticArray.TYPE);
      robot.stepAndWait();
      assertTrue(set(robot, "b").successful());
      Await.until("b is being loaded", shelf.allowed::hasQueuedThreads);
      assertEquals("a on runtime of a", nextPolicy(reports));
      shelf.allowed.release();
      Await.value("b on runtime of b", () -> nextPolicy(reports));
      assertTrue(change(robot, "deactivate"));
      Await.until("it stands", () -> {
        robot.step();
        return change(robot, "cleanup");
      });
      assertEquals("none on none", nextPolicy(reports));
    }
  }

  /** What a report says that is made from now on. */
  private static String nextPolicy(List<DiagnosticArray> reports) {
    int before = reports.size();
    Await.until("a report came that was not under way", () -> reports.size() > before + 1);
    Map<String, String> values = new HashMap<>();
    reports.get(reports.size() - 1).status().get(0).values().forEach(value -> values.put(value.key(), value.value()));
    return values.get("policy_path") + " on " + values.get("runtime");
  }

  @Test
  void aPolicyThatCannotBeLoadedIsRefusedAndTheOneInUseStays() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      List<ParameterEvent> events = robot.collect("/parameter_events", ParameterEvent.TYPE);
      robot.stepAndWait();
      shelf.allowed.release();
      assertTrue(set(robot, "nowhere").successful());
      assertEquals("policy nowhere cannot be used: nowhere: no such policy; a stays in use", awaitLine(lines, "cannot be used"));
      Await.value("a", () -> robot.parameters.text("policy_path"));
      Await.value(List.of("nowhere", "a"), () -> List.copyOf(events).stream()
          .map(event -> event.changedParameters().get(0).value().stringValue()).toList());
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
      assertEquals(0, shelf.policies.get("a").closed());
    }
  }

  @Test
  void aPolicyThatDoesNotFitTheRobotIsClosedAgain() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      shelf.allowed.release();
      set(robot, "three");
      String reason = awaitLine(lines, "cannot be used");
      assertTrue(reason.contains("3 values") && reason.endsWith("a stays in use"), reason);
      assertEquals(1, shelf.policies.get("three").closed());
      Await.value("a", () -> robot.parameters.text("policy_path"));
      robot.stepAndWait();
    }
  }

  @Test
  void whatIsWorthNoAttemptIsRefusedAtOnce() {
    try (SimulatedRobot robot = robot()) {
      SetParametersResult result = set(robot, "");
      assertFalse(result.successful());
      assertEquals("policy_path must not be empty", result.reason());
      assertEquals("a", robot.parameters.text("policy_path"));
      assertEquals(List.of("a"), shelf.loaded);
    }
  }

  @Test
  void aFloodOfPathsLoadsTheLastOneOnlyOnceMore() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      for (int i = 0; i < 500; i++) {
        set(robot, "nowhere " + i);
      }
      set(robot, "b");
      shelf.allowed.release(500);
      awaitLine(lines, "policy b takes over");
      assertEquals("b", robot.parameters.text("policy_path"));
      assertTrue(shelf.loaded.size() <= 3, "loaded " + shelf.loaded);
      robot.stepAndWait();
    }
  }

  @Test
  void theSamePathIsNotLoadedAgain() {
    try (SimulatedRobot robot = robot()) {
      shelf.allowed.release(10);
      assertTrue(set(robot, "a").successful());
      set(robot, "b");
      Await.value(List.of("a", "b"), () -> List.copyOf(shelf.loaded));
    }
  }

  @Test
  void parametersTuneThePolicyInUseAndTheOneThatIsBeingLoaded() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.parameters.set(Map.of("num_steps", 7));
      assertEquals(List.of(0L, 7L), shelf.tuned);
      robot.parameters.set(Map.of("policy_path", "b"));
      robot.parameters.set(Map.of("num_steps", 9));
      shelf.tuned.clear();
      shelf.allowed.release();
      awaitLine(lines, "policy b takes over");
      assertEquals(List.of(9L), shelf.tuned);
    }
  }

  @Test
  void aNodeThatIsClosedWhileItLoadsClosesWhatComes() {
    SimulatedRobot robot = robot();
    set(robot, "b");
    Await.until("b is being loaded", shelf.allowed::hasQueuedThreads);
    robot.close();
    shelf.allowed.release();
    Await.value(1, () -> shelf.policies.get("b").closed());
    assertEquals(1, shelf.policies.get("a").closed());
  }

  @Test
  void theNodeStartsAtOnceAndABetterRuntimeTakesOverBetweenTwoChunks() {
    RampPolicy engine = new RampPolicy(0.5f);
    shelf.successors.put("a", engine);
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      for (int i = 0; i < 10; i++) {
        robot.stepAndWait(); // the engine is being built, and a drives
      }
      robot.awaitState(ControllerState.ACTIVE);
      Await.value(1, shelf.building::get);
      assertEquals(List.of(), engine.observations());
      assertEquals(0, shelf.policies.get("a").closed());
      shelf.built.release();
      awaitLine(lines, "policy a runs on engine of a from the next chunk on");
      Await.until("the engine predicts", () -> {
        robot.stepAndWait();
        return !engine.observations().isEmpty();
      });
      assertEquals(1, shelf.policies.get("a").closed());
      assertEquals("a", robot.parameters.text("policy_path"));
      robot.awaitState(ControllerState.ACTIVE);
    }
    Await.value(1, engine::closed);
  }

  @Test
  void aNodeThatIsClosedStopsABuild() {
    shelf.successors.put("a", new RampPolicy(0.5f));
    try (SimulatedRobot robot = robot()) {
      robot.stepAndWait();
      Await.value(1, shelf.building::get);
    }
    Await.value(1, shelf.interrupted::get);
    assertEquals(1, shelf.policies.get("a").closed());
  }

  @Test
  void anotherPolicyIsNotKeptWaitingByABuildThatNobodyWantsAnyMore() {
    RampPolicy engine = new RampPolicy(0.5f);
    shelf.successors.put("a", engine);
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      Await.value(1, shelf.building::get);
      shelf.allowed.release();
      set(robot, "b");
      awaitLine(lines, "policy b takes over with the next chunk");
      assertEquals(1, shelf.interrupted.get());
      assertEquals(List.of(), List.copyOf(lines).stream().map(Log::msg).filter(line -> line.contains("cannot be used")).toList());
      shelf.built.release();
      robot.stepAndWait();
      assertEquals(List.of(), engine.observations());
    }
  }

  @Test
  void aBuildGoesOnWhereTheOtherPolicyCannotBeUsed() {
    RampPolicy engine = new RampPolicy(0.5f);
    shelf.successors.put("a", engine);
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      Await.value(1, shelf.building::get);
      shelf.allowed.release();
      set(robot, "nowhere");
      awaitLine(lines, "policy nowhere cannot be used");
      Await.value(2, shelf.building::get);
      shelf.built.release();
      awaitLine(lines, "policy a runs on engine of a from the next chunk on");
      robot.stepAndWait();
    }
  }

  @Test
  void aBuildThatFailsSaysWhyAndTheRobotGoesOn() {
    shelf.successors.put("a", null);
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      shelf.built.release();
      assertEquals(
          "policy a cannot be used: the engine of a cannot be built; a stays in use as it is", awaitLine(lines, "cannot be used"));
      robot.stepAndWait();
      robot.awaitState(ControllerState.ACTIVE);
      assertEquals(0, shelf.policies.get("a").closed());
    }
  }

  @Test
  void aNodeThatWasGivenItsPolicyKeepsIt() {
    try (SimulatedRobot robot = new SimulatedRobot()) {
      SetParametersResult result = set(robot, "b");
      assertFalse(result.successful());
      assertTrue(result.reason().contains("policy_path cannot change"), result.reason());
      assertTrue(set(robot, "").successful());
    }
  }

  @Test
  void aPolicyWhoseFileIsTornIsRefusedLikeAnyOther() {
    try (SimulatedRobot robot = robot()) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.stepAndWait();
      shelf.allowed.release();
      set(robot, "torn");
      assertTrue(awaitLine(lines, "policy torn cannot be used").endsWith("a stays in use"));
      Await.value("a", () -> robot.parameters.text("policy_path"));
      robot.stepAndWait();
    }
  }

  @Test
  void aNodeWhosePolicyIsTornCanBeConfiguredWithAnother() {
    try (SimulatedRobot robot = new SimulatedRobot(shelf, Map.of("policy_path", "a"))) {
      assertTrue(change(robot, "cleanup"));
      set(robot, "torn");
      shelf.allowed.release(2);
      assertTrue(change(robot, "configure"));
      Await.value(List.of("a", "torn"), () -> List.copyOf(shelf.loaded));
      set(robot, "b");
      Await.until("it can be configured", () -> change(robot, "configure"));
      robot.awaitState(ControllerState.INACTIVE);
      assertEquals("b", shelf.loaded.get(2));
    }
  }

  @Test
  void aPathThatIsSetWhileTheFirstPolicyIsLoadedIsFollowedToo() {
    try (SimulatedRobot robot = new SimulatedRobot(shelf, Map.of("policy_path", "a"))) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      assertTrue(change(robot, "cleanup"));
      shelf.policies.put("a", new RampPolicy(0.1f));
      assertTrue(change(robot, "configure"));
      Await.until("a is being loaded", shelf.allowed::hasQueuedThreads);
      assertTrue(set(robot, "b").successful());
      shelf.allowed.release(2);
      awaitLine(lines, "policy b takes over with the next chunk");
      Await.value(1, () -> shelf.policies.get("a").closed());
      assertEquals("b", robot.parameters.text("policy_path"));
    }
  }

  @Test
  void aNodeThatIsCleanedUpWhileItLoadsAnotherPolicyIsConfiguredWithThatOne() {
    try (SimulatedRobot robot = new SimulatedRobot(shelf, Map.of("policy_path", "a"))) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      assertTrue(set(robot, "b").successful());
      Await.until("b is being loaded", shelf.allowed::hasQueuedThreads);
      assertTrue(change(robot, "cleanup"));
      assertTrue(change(robot, "configure"));
      shelf.allowed.release(2);
      awaitLine(lines, "INACTIVE (configured)");
      assertEquals("b", robot.parameters.text("policy_path"));
      assertEquals(List.of("a", "b", "b"), shelf.loaded);
      assertEquals(List.of(), List.copyOf(lines).stream().map(Log::msg).filter(line -> line.contains("cannot be used")).toList());
    }
  }

  @Test
  void aNodeThatIsCleanedUpDuringAnInferenceKeepsThePathThatWasLoadedMeanwhile() throws Exception {
    CountDownLatch thinking = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    ChunkPolicy slow = new ChunkPolicy() {
      private final RampPolicy ramp = new RampPolicy(0.1f);

      @Override
      public PolicySpec spec() {
        return ramp.spec();
      }

      @Override
      public void reset() {}

      @Override
      public ActionChunk predict(Observation observation, ActionPrefix prefix) {
        thinking.countDown();
        try {
          enough.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return ramp.predict(observation, prefix);
      }

      @Override
      public void close() {}
    };
    PolicyLoader loader = new PolicyLoader() {
      @Override
      public LoadedPolicy load(Parameters parameters) {
        return parameters.text("policy_path").equals("slow") ? LoadedPolicy.of(slow, "slow") : shelf.load(parameters);
      }
    };
    try (SimulatedRobot robot = new SimulatedRobot(loader, Map.of("policy_path", "slow"))) {
      List<Log> lines = robot.collect("/rosout", Log.TYPE);
      robot.call("enable");
      robot.step();
      thinking.await();
      robot.call("disable");
      robot.step();
      robot.awaitState(ControllerState.INACTIVE);
      shelf.allowed.drainPermits();
      assertTrue(set(robot, "b").successful());
      Await.until("b is being loaded", shelf.allowed::hasQueuedThreads);
      CompletableFuture<Boolean> cleaned = CompletableFuture.supplyAsync(() -> change(robot, "cleanup"));
      robot.awaitState(ControllerState.UNCONFIGURED);
      shelf.allowed.release(5);
      assertTrue(cleaned.join());
      Await.value(1, () -> shelf.policies.get("b").closed());
      shelf.policies.put("b", new RampPolicy(0.5f));
      assertTrue(change(robot, "configure"));
      awaitLine(lines, "INACTIVE (configured)");
      assertEquals("b", robot.parameters.text("policy_path"));
      assertEquals(List.of(), List.copyOf(lines).stream().map(Log::msg).filter(line -> line.contains("cannot be used")).toList());
      enough.countDown();
    }
  }
}
