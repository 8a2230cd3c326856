package flowmatching.control;

import static flowmatching.control.ControllerState.ACTIVE;
import static flowmatching.control.ControllerState.ERROR;
import static flowmatching.control.ControllerState.HOLDING;
import static flowmatching.control.ControllerState.INACTIVE;
import static flowmatching.control.ControllerState.STOPPING;
import static flowmatching.control.ControllerState.UNCONFIGURED;
import static flowmatching.control.FakePolicy.chunk;
import static flowmatching.control.FakePolicy.constant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.PolicySpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PolicyControllerTest {
  private static final long MS = TestRobot.MS;

  @Test
  void startsInactiveAndPublishesOnlyWhenActive() {
    FakePolicy policy = FakePolicy.always(constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().build(), policy);
    robot.assertState(UNCONFIGURED);
    robot.controller.step();
    assertTrue(robot.controller.configure(policy).accepted());
    robot.assertState(INACTIVE);
    robot.tick(5);
    assertEquals(0, robot.sink.size());
    assertTrue(policy.observations.isEmpty(), "an idle policy is not asked");
    assertTrue(robot.controller.activate("~/enable").accepted());
    robot.tick(5);
    robot.assertState(ACTIVE);
    assertEquals("~/enable", robot.reason());
    assertEquals(4, robot.sink.size());
    assertEquals(1, robot.sink.last());
  }

  @Test
  void autostartActivates() {
    FakePolicy policy = FakePolicy.always(constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().autostart(true).build(), policy);
    robot.controller.configure(policy);
    robot.assertState(ACTIVE);
  }

  @Test
  void activatingTwiceChangesNothing() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    int before = robot.sink.size();
    assertTrue(robot.controller.activate("again").accepted());
    robot.tick();
    assertEquals(before + 1, robot.sink.size());
    assertEquals(1, robot.policy.resets);
  }

  @Test
  void impossibleTransitionsAreRefusedWithAReason() {
    FakePolicy policy = FakePolicy.always(constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().build(), policy);
    assertFalse(robot.controller.activate("x").accepted());
    assertTrue(robot.controller.activate("x").message().contains("configure it first"));
    assertFalse(robot.controller.deactivate("x").accepted());
    assertFalse(robot.controller.cleanup("x").accepted());
    robot.controller.configure(policy);
    assertFalse(robot.controller.configure(policy).accepted());
    robot.controller.activate("x");
    assertFalse(robot.controller.cleanup("x").accepted());
    assertTrue(robot.controller.cleanup("x").message().contains("deactivate it first"));
  }

  @Test
  void anUnknownActionRateIsRefused() {
    PolicySpec spec = new PolicySpec(List.of(), 0, 1, 1, 8, OptionalDouble.empty());
    FakePolicy policy = new FakePolicy(spec, observation -> constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().build(), policy);
    BadInputException refusal = assertThrows(BadInputException.class, () -> robot.controller.configure(policy));
    assertTrue(refusal.getMessage().contains("give action_rate"));
    robot.assertState(UNCONFIGURED);
    TestRobot told = new TestRobot(TestRobot.config().actionRate(10).build(), policy);
    assertTrue(told.controller.configure(policy).accepted());
  }

  @Test
  void aPolicyThatDoesNotFitIsRefused() {
    FakePolicy two = FakePolicy.of(2, observation -> new ActionChunk(1, 2, new float[2]));
    TestRobot robot = new TestRobot(TestRobot.config().build(), two);
    assertThrows(BadInputException.class, () -> robot.controller.configure(two));
    FakePolicy one = FakePolicy.always(constant(8, 1));
    Map<String, Duration> ages = Map.of("observation.images.nowhere", Duration.ofSeconds(1));
    TestRobot aged = new TestRobot(TestRobot.config().maxAges(ages).build(), one);
    assertThrows(BadInputException.class, () -> aged.controller.configure(one));
    robot.controller.configure(one);
    assertThrows(BadInputException.class, () -> robot.controller.setPolicy(two));
    assertFalse(two.closed, "it stays the caller's");
  }

  @Test
  void aLostStreamIsHeldAndRecoversByItself() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.of(1, seen -> constant(20, 1 + seen.state()[0])));
    robot.tick(10);
    assertEquals(1, robot.sink.last());
    robot.measuring = false;
    robot.tick(30);
    robot.assertState(HOLDING);
    assertEquals("no sample of observation.state for more than 0.5 s", robot.reason());
    int before = robot.sink.size();
    robot.tick(10);
    assertEquals(before + 10, robot.sink.size(), "the last command is held");
    assertEquals(1, robot.sink.last());
    robot.measuring = true;
    robot.measured[0] = 4;
    robot.tick(5);
    robot.assertState(ACTIVE);
    assertEquals("test", robot.reason());
    assertEquals(5, robot.sink.last(), "a new chunk from a new observation");
    assertEquals(1, robot.count("holding.entered"));
  }

  @Test
  void activatedBeforeItsStreamsItWaitsAndSaysForWhat() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.measuring = false;
    robot.tick(3);
    robot.assertState(HOLDING);
    assertEquals("waiting for the first sample of observation.state", robot.reason());
    assertEquals(0, robot.sink.size(), "there is nothing to hold yet");
    robot.measuring = true;
    robot.tick(3);
    robot.assertState(ACTIVE);
  }

  @Test
  void anEmptyQueueHoldsTheLastCommandAndCounts() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(chunk(1, 2, 3)));
    robot.tick(3);
    robot.working = false;
    robot.tick(40);
    robot.assertState(ACTIVE);
    assertEquals(3, robot.sink.last());
    assertTrue(robot.count("queue.empty") > 20);
    robot.tick(250);
    robot.assertState(HOLDING);
    assertTrue(robot.reason().startsWith("no chunk to play for 5.0 s"));
    assertEquals(3, robot.sink.last());
    robot.working = true;
    robot.tick(3);
    robot.assertState(ACTIVE);
  }

  @Test
  void aChunkThatComesAfterItsWholeHorizonIsDropped() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(2, 1)));
    robot.working = false;
    robot.tick();
    FakePolicy slow = robot.policy;
    slow.answer = seen -> {
      robot.clock.advance(300 * MS);
      return constant(2, 7);
    };
    robot.work();
    robot.tick(2);
    assertEquals(1, robot.count("chunk.refused.late"));
    assertEquals(0, robot.sink.size());
    robot.assertState(ACTIVE);
  }

  @Test
  void aPolicyThatThrowsIsHeldWithItsReasonAndAskedAgain() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    var good = robot.policy.answer;
    robot.policy.answer = seen -> {
      throw new BadInputException("camera front has 4 channels");
    };
    robot.tick(40);
    robot.assertState(HOLDING);
    assertEquals("the policy failed: camera front has 4 channels", robot.reason());
    long failures = robot.count("policy.failed");
    assertTrue(failures >= 1 && failures <= 2, "not at every tick: " + failures);
    assertEquals(1, robot.sink.last());
    robot.policy.answer = good;
    robot.tick(30);
    robot.assertState(ACTIVE);
  }

  @Test
  void unusableChunksAreRejectedWholeAndCounted() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(chunk(1, Float.NaN, 1)));
    robot.tick(3);
    robot.assertState(HOLDING);
    assertEquals("the policy failed: the policy gave NaN for joint elbow in action 1", robot.reason());
    assertEquals(1, robot.count("chunk.refused.unusable"));
    robot.policy.answer = seen -> new ActionChunk(2, 3, new float[6]);
    robot.tick(30);
    assertEquals("the policy failed: the policy gave 2 actions of 3 values, expected at least 1 of 1", robot.reason());
    robot.policy.answer = seen -> null;
    robot.tick(30);
    robot.assertState(HOLDING);
    assertEquals(0, robot.sink.size());
  }

  @Test
  void anErrorOfThePolicyNeedsAReset() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.policy.answer = seen -> {
      throw new UnsatisfiedLinkError("no runtime");
    };
    robot.tick(3);
    robot.assertState(ERROR);
    assertTrue(robot.reason().contains("no runtime"));
    assertFalse(robot.controller.activate("x").accepted());
    robot.controller.reset("mended");
    robot.assertState(INACTIVE);
  }

  @Test
  void emergencyStopLatchesUntilReset() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(chunk(0, 1, 2, 3, 4, 5, 6, 7)));
    robot.tick(10);
    assertTrue(robot.controller.emergencyStop("~/emergency_stop").accepted());
    double before = robot.sink.last();
    robot.tick(20);
    robot.assertState(STOPPING);
    assertEquals(before, robot.sink.last());
    int silent = robot.sink.size();
    robot.tick(20);
    assertEquals(silent, robot.sink.size());
    assertFalse(robot.controller.activate("x").accepted());
    assertTrue(robot.controller.activate("x").message().contains("reset it first"));
    robot.controller.reset("~/reset");
    robot.assertState(INACTIVE);
    robot.controller.activate("x");
    robot.tick(3);
    robot.assertState(ACTIVE);
  }

  @Test
  void deactivatingBrakesWithinTheAccelerationLimit() {
    JointLimits limits = new JointLimits(-100, 100, 10, 5);
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.VELOCITY, limits))).build();
    TestRobot robot = TestRobot.active(config, FakePolicy.always(constant(200, 2)));
    robot.tick(60);
    assertEquals(2, robot.sink.last(), 1e-6);
    robot.controller.deactivate("~/disable");
    robot.tick();
    robot.assertState(STOPPING);
    assertEquals(1.9, robot.sink.last(), 1e-6);
    robot.tick(30);
    robot.assertState(INACTIVE);
    assertEquals("~/disable", robot.reason());
    assertEquals(0, robot.sink.last());
  }

  @Test
  void velocitiesAndDeltasAreHeldAtZero() {
    for (ActionKind kind : List.of(ActionKind.VELOCITY, ActionKind.DELTA)) {
      ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(kind, JointLimits.NONE))).build();
      TestRobot robot = TestRobot.active(config, FakePolicy.always(constant(2, 1)));
      robot.tick(5);
      assertTrue(robot.sink.last() > 0);
      robot.working = false;
      robot.tick(30);
      assertEquals(0, robot.sink.last(), kind.toString());
    }
  }

  @Test
  void resetDropsWhatWasPredictedAndStartsFromTheMeasuredState() {
    JointLimits limits = new JointLimits(-100, 100, 1, Double.POSITIVE_INFINITY);
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, limits))).build();
    TestRobot robot = TestRobot.active(config, FakePolicy.always(constant(50, 0)));
    robot.tick(10);
    robot.working = false;
    robot.controller.reset("~/reset");
    int before = robot.sink.size();
    robot.measured[0] = 3; // somebody carried it there
    robot.tick(5);
    assertEquals(before, robot.sink.size(), "it is not pulled back to where it was");
    robot.working = true;
    robot.tick(2);
    assertEquals(3, robot.sink.last(), 0.02 + 1e-9);
    assertEquals(2, robot.policy.resets);
    robot.assertState(ACTIVE);
  }

  @Test
  void aRejectedCommandIsNotPublishedAndTheLastOneHeld() {
    TestRobot robot = TestRobot.active(TestRobot.config().fade(Duration.ZERO).build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    robot.policy.answer = seen -> constant(8, 1e12f);
    robot.tick(40);
    assertTrue(robot.count("guard.rejected") > 5);
    assertTrue(robot.count("guard.finite.elbow") > 5);
    assertTrue(robot.sink.commands.stream().allMatch(command -> command[0] == 1));
    assertEquals(44, robot.sink.size(), "the last one is held");
  }

  @Test
  void aLostStreamIsNotBlamedOnThePolicy() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    robot.measuring = false;
    robot.tick(400);
    robot.working = false;
    robot.measuring = true;
    robot.tick(3);
    robot.assertState(ACTIVE);
  }

  @Test
  void anotherEpisodesChunkIsNotContinued() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(50, 1)));
    robot.tick(3);
    robot.controller.offerState(robot.measured, robot.clock.now());
    PolicyWorker worker = robot.controller.worker();
    worker.request();
    robot.controller.reset("before the loop has seen it");
    worker.step();
    assertNull(robot.policy.prefixes.get(1));
  }

  @Test
  void shadowDoesEverythingButPublish() {
    TestRobot robot = TestRobot.active(TestRobot.config().shadow(true).build(), FakePolicy.always(constant(8, 1)));
    robot.tick(10);
    robot.assertState(ACTIVE);
    assertEquals(0, robot.sink.size());
    assertTrue(robot.count("command.shadowed") > 5);
  }

  @Test
  void leavingTheShadowBeginsWhereTheRobotIs() {
    JointLimits limits = new JointLimits(-100, 100, 1, Double.POSITIVE_INFINITY);
    var builder = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, limits)));
    TestRobot robot = TestRobot.active(builder.shadow(true).build(), FakePolicy.always(constant(8, 1)));
    robot.tick(200);
    robot.controller.retune(builder.shadow(false).build());
    robot.tick();
    assertEquals(0, robot.sink.last(), 0.02, "not where the shadow had gone");
  }

  @Test
  void enteringTheShadowBringsToRestFirst() {
    var builder = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.VELOCITY, JointLimits.NONE)));
    TestRobot robot = TestRobot.active(builder.build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    robot.controller.retune(builder.shadow(true).build());
    robot.tick(5);
    assertEquals(0, robot.sink.last());
    assertTrue(robot.count("command.shadowed") > 0);
  }

  @Test
  void aSinkThatThrowsIsAnError() {
    FakePolicy policy = FakePolicy.always(constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().build(), policy, (command, stamp) -> {
      throw new IllegalStateException("context is shut down");
    });
    robot.controller.configure(policy);
    robot.controller.activate("x");
    robot.tick(20);
    robot.assertState(ERROR);
    assertTrue(robot.reason().contains("context is shut down"));
    assertTrue(robot.count("command.failed") >= 1);
  }

  @Test
  void tunablesChangeWithoutAPauseAndTheRestIsRefused() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    robot.controller.retune(TestRobot.config().controlRate(25).executionHorizon(2).build());
    robot.tick(20);
    robot.assertState(ACTIVE);
    BadInputException refusal =
        assertThrows(BadInputException.class, () -> robot.controller.retune(TestRobot.config().useSimTime(true).build()));
    assertTrue(refusal.getMessage().startsWith("use_sim_time cannot change"));
    assertEquals(25, robot.controller.config().controlRate());
  }

  @Test
  void anotherPolicyTakesOverAtTheNextChunk() {
    TestRobot robot = TestRobot.active(TestRobot.config().fade(Duration.ZERO).build(), FakePolicy.always(constant(8, 1)));
    robot.tick(5);
    FakePolicy unused = FakePolicy.always(constant(8, 3));
    FakePolicy next = FakePolicy.always(constant(8, 2));
    robot.controller.setPolicy(unused);
    robot.controller.setPolicy(next);
    assertFalse(robot.policy.closed);
    robot.tick();
    assertTrue(robot.policy.closed && unused.closed);
    assertEquals(1, robot.sink.last(), "what was predicted is played on");
    robot.tick(30);
    assertEquals(2, robot.sink.last());
    robot.assertState(ACTIVE);
  }

  @Test
  void whatRemainsOfTheChunkIsGivenToThePolicy() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(chunk(0, 1, 2, 3, 4, 5, 6, 7)));
    robot.tick(30);
    assertNull(robot.policy.prefixes.get(0));
    var prefix = robot.policy.prefixes.get(1);
    assertNotNull(prefix);
    TimedChunk first = robot.chunks.get(0);
    TimedChunk second = robot.chunks.get(1);
    double phase = (second.observed() - first.observed()) * 1e-8;
    assertEquals(phase, prefix.remaining().at(0, 0), 1e-4);
    assertEquals(phase + 1, prefix.remaining().at(1, 0), 1e-4);
    assertEquals(4, prefix.executionHorizon());
    assertEquals(0, prefix.inferenceDelay());
  }

  @Test
  void inferenceStartsEarlierByWhatItTakes() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(20, 1)));
    robot.policy.answer = seen -> {
      robot.clock.advance(200 * MS);
      return constant(20, 1);
    };
    robot.tick(300);
    for (int i = 2; i < robot.chunks.size(); i++) {
      long between = robot.chunks.get(i).observed() - robot.chunks.get(i - 1).observed();
      assertEquals(1000, between / MS, 60, "10 of 20 actions, 100 ms each, whatever the inference takes");
    }
    assertTrue(robot.chunks.size() >= 4);
    assertEquals(1, robot.count("queue.empty"), "only before the first chunk");
  }

  @Test
  void theListenerHearsOfEveryChunkAndMayFail() {
    FakePolicy policy = FakePolicy.always(constant(8, 1));
    ManualClock clock = new ManualClock();
    ChunkListener deaf = chunk -> {
      throw new IllegalStateException("nobody listens");
    };
    PolicyController controller =
        PolicyController.withoutThreads(TestRobot.config().build(), clock, (command, stamp) -> {}, deaf);
    controller.configure(policy);
    controller.activate("x");
    controller.offerState(new float[1], clock.now());
    controller.step();
    controller.worker().step();
    assertEquals(1, controller.counters().get("listener.failed"));
    clock.advance(20 * MS);
    controller.step();
    assertEquals(ACTIVE, controller.status().state());
    assertEquals(1, controller.latencies().get("chunk_duration").microseconds().getTotalCount());
  }

  @Test
  void cleanupAndCloseCloseThePolicy() {
    FakePolicy first = FakePolicy.always(constant(8, 1));
    TestRobot robot = new TestRobot(TestRobot.config().build(), first);
    robot.controller.configure(first);
    assertTrue(robot.controller.cleanup("x").accepted());
    assertTrue(first.closed);
    robot.assertState(UNCONFIGURED);
    robot.controller.offerState(new float[1], 0);
    assertEquals(1, robot.count("stream.unconfigured"));
    FakePolicy second = FakePolicy.always(constant(8, 1));
    robot.controller.configure(second);
    robot.controller.close();
    robot.controller.close();
    assertTrue(second.closed);
    assertFalse(robot.controller.configure(second).accepted());
    assertFalse(robot.controller.activate("x").accepted());
  }
}
