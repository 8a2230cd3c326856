package flowmatching.control;

import static flowmatching.control.ControllerState.ACTIVE;
import static flowmatching.control.ControllerState.HOLDING;
import static flowmatching.control.ControllerState.INACTIVE;
import static flowmatching.control.ControllerState.STOPPING;
import static flowmatching.control.FakePolicy.chunk;
import static flowmatching.control.FakePolicy.constant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to a controller between two of its steps: the clock is set, a stop comes in between, a policy returns late. */
class PolicyControllerInterruptionsTest {
  private static final long MS = TestRobot.MS;

  @Test
  void aJumpOfTheClockIsHeldUntilThereIsANewChunk() {
    for (long jump : new long[] {-10_000 * MS, 10_000 * MS}) {
      TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
      robot.tick(10);
      int before = robot.sink.size();
      robot.clock.jump(jump);
      robot.working = false;
      robot.tick();
      robot.assertState(HOLDING);
      assertTrue(robot.reason().startsWith("the clock jumped"));
      assertEquals(before, robot.sink.size());
      robot.working = true;
      robot.tick(3);
      robot.assertState(ACTIVE);
      assertEquals(1, robot.count("clock.jumped"));
    }
  }

  @Test
  void anEmergencyStopWhileItIsConfiguredKeepsTheRobotStillAndThePolicyTheControllers() {
    TestRobot[] robot = new TestRobot[1];
    PolicySpec spec = new PolicySpec(List.of(), 0, 1, 1, 8, OptionalDouble.of(10));
    ChunkPolicy pressed = new ChunkPolicy() {
      @Override
      public PolicySpec spec() {
        robot[0].controller.emergencyStop("in between");
        return spec;
      }

      @Override
      public void reset() {}

      @Override
      public ActionChunk predict(Observation observation, ActionPrefix prefix) {
        return constant(8, 1);
      }

      @Override
      public void close() {}
    };
    robot[0] = new TestRobot(TestRobot.config().autostart(true).build(), null);
    assertTrue(robot[0].controller.configure(pressed).accepted(), "refused means that the policy is still the caller's, to be closed");
    robot[0].assertState(STOPPING);
  }

  @Test
  void anEmergencyStopIsNotPutOffByAClockThatIsSetBack() {
    ActionDimension wheel = TestRobot.joint(ActionKind.VELOCITY, JointLimits.NONE);
    TestRobot robot = TestRobot.active(ControllerConfig.builder(List.of(wheel)).build(), FakePolicy.always(constant(20, 1)));
    robot.tick(10);
    assertEquals(1, robot.sink.last(), 1e-9);
    robot.clock.jump(-200 * MS);
    robot.controller.emergencyStop("now");
    robot.tick(2);
    assertEquals(0, robot.sink.last(), "still rolling 40 ms after the stop");
  }

  @Test
  void whatWasSeenBeforeAJumpOfTheClockIsNotPredictedFromAfterIt() {
    // The worker takes up a request in just the moment in which the loop finds that the clock was set back.
    ManualClock time = new ManualClock();
    PolicyController[] controller = new PolicyController[1];
    boolean[] meddle = {false};
    ControlClock clock = new ControlClock() {
      @Override
      public long now() {
        long now = time.now();
        StackWalker.getInstance().forEach(frame -> {
          if (meddle[0] && frame.getMethodName().equals("clockJumped")) {
            meddle[0] = false;
            controller[0].worker().step();
          }
        });
        return now;
      }

      @Override
      public long monotonic() {
        return time.monotonic();
      }
    };
    RecordingSink sink = new RecordingSink();
    controller[0] = PolicyController.withoutThreads(TestRobot.config().build(), clock, sink, chunk -> {});
    controller[0].configure(FakePolicy.always(constant(8, 1)));
    controller[0].activate("test");
    controller[0].offerState(new float[1], time.now());
    controller[0].step(); // asks for a chunk
    time.advance(TestRobot.PERIOD);
    time.jump(-10_000 * MS);
    meddle[0] = true;
    controller[0].step();
    time.advance(TestRobot.PERIOD);
    controller[0].step();
    assertFalse(meddle[0], "the worker has stepped in");
    assertEquals(0, sink.size());
    assertEquals(0, controller[0].counters().get("chunk.accepted"));
  }

  @Test
  void aChunkOfTheLastEpisodeIsRefused() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    robot.working = false;
    robot.tick();
    robot.policy.answer = seen -> {
      robot.controller.reset("during inference");
      return constant(8, 9);
    };
    robot.work();
    robot.policy.answer = seen -> constant(8, 2);
    robot.working = true;
    robot.tick(10);
    assertEquals(1, robot.count("chunk.refused.old_epoch"));
    assertTrue(robot.sink.commands.stream().allMatch(command -> command[0] == 2));
  }

  @Test
  void whatWasPredictedBeforeAnActivationIsNotPlayedAfterIt() {
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(50, 1)));
    robot.tick(3);
    robot.controller.deactivate("x");
    robot.tick(3);
    robot.assertState(INACTIVE);
    robot.working = false;
    robot.controller.activate("y");
    int before = robot.sink.size();
    robot.tick(5);
    assertEquals(before, robot.sink.size());
  }

  @Test
  void aPolicyThatWasCleanedUpAndReturnsLateDoesNotMeddleWithTheNext() {
    FakePolicy first = FakePolicy.of(1, observation -> {
      throw new LinkageError("interrupted");
    });
    TestRobot robot = TestRobot.active(TestRobot.config().build(), first);
    robot.working = false;
    robot.tick(2); // asked, and hangs
    PolicyWorker left = robot.controller.worker();
    robot.controller.deactivate("x");
    robot.tick();
    assertTrue(robot.controller.cleanup("x").accepted());
    robot.controller.configure(FakePolicy.always(constant(8, 1)));
    left.step();
    robot.assertState(INACTIVE);
    first.answer = observation -> constant(8, 9);
    robot.controller.activate("x");
    robot.tick(2);
    robot.work(); // the next one's chunk is in the letter box
    left.request();
    left.step();
    robot.tick();
    assertEquals(0, robot.count("chunk.superseded"));
    assertEquals(1, robot.sink.last());
  }

  @Test
  void aFailureThatDiffersInItsNumbersAloneIsOneState() {
    int[] asked = {0};
    TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.of(1, seen -> {
      throw new BadInputException("jpeg image is cut off: " + ++asked[0] + " bytes" + (asked[0] < 8 ? "" : ", and otherwise"));
    }));
    Set<ControllerStatus> states = new LinkedHashSet<>();
    for (int tick = 0; tick < 250; tick++) {
      robot.tick();
      states.add(robot.controller.status());
    }
    assertTrue(asked[0] >= 8, "asked " + asked[0] + " times");
    assertEquals(asked[0], robot.count("policy.failed"));
    assertEquals(
        List.of("test", "the policy failed: jpeg image is cut off: 1 bytes", "the policy failed: jpeg image is cut off: 8 bytes, and otherwise"),
        states.stream().map(ControllerStatus::reason).toList());
  }

  @Test
  void theTimeWithoutAChunkIsSaidAsItWasGiven() {
    for (double seconds : new double[] {0.7, 0.0015}) {
      Duration timeout = Duration.ofNanos(Math.round(seconds * 1e9));
      TestRobot robot = TestRobot.active(TestRobot.config().policyTimeout(timeout).build(), FakePolicy.always(constant(8, 1)));
      robot.working = false;
      robot.tick(50);
      assertEquals("no chunk to play for " + seconds + " s: the policy has not answered, or takes longer than its chunks last", robot.reason());
    }
  }

  @Test
  void aPolicyWhoseResetFailedIsNotAskedWithoutOne() {
    int[] resets = {0};
    PolicySpec spec = new PolicySpec(List.of(), 0, 1, 1, 8, OptionalDouble.of(10));
    ChunkPolicy policy = new ChunkPolicy() {
      @Override
      public PolicySpec spec() {
        return spec;
      }

      @Override
      public void reset() {
        if (resets[0]++ == 0) {
          throw new IllegalStateException("not now");
        }
      }

      @Override
      public ActionChunk predict(Observation observation, ActionPrefix prefix) {
        assertTrue(resets[0] > 1, "it has not forgotten the last episode");
        return constant(8, 1);
      }

      @Override
      public void close() {}
    };
    TestRobot robot = new TestRobot(TestRobot.config().build(), null);
    robot.controller.configure(policy);
    robot.controller.activate("test");
    robot.tick(5);
    assertEquals("the policy failed: java.lang.IllegalStateException: not now", robot.reason());
    robot.tick(30);
    robot.assertState(ACTIVE);
    assertEquals(1, robot.sink.last());
  }

  @ParameterizedTest
  @EnumSource
  void inMotionTheRobotIsBroughtToRestWithinItsLimitsWhateverComes(Interruption interruption) {
    JointLimits limits = new JointLimits(-10, 10, 2, 5);
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, limits))).approachSpeed(1).build();
    TestRobot robot = TestRobot.active(config, FakePolicy.always(constant(50, 9)));
    robot.tick(30);
    interruption.happens(robot);
    int before = robot.sink.size();
    robot.measured[0] = 1; // nearer than it was sent, as a robot in motion is
    robot.working = false;
    robot.tick(40);
    double velocity = 2;
    double position = robot.sink.commands.get(before - 1)[0];
    for (double[] command : robot.sink.commands.subList(before, robot.sink.size())) {
      double next = (command[0] - position) * 1e9 / TestRobot.PERIOD;
      assertEquals(Math.max(0, velocity - 5 * 0.02), next, 1e-6, "after " + velocity);
      velocity = next;
      position = command[0];
    }
    assertEquals(0, velocity, 1e-9, "commands ended in motion");
    robot.working = true;
    robot.controller.activate("go on");
    robot.tick(3);
    robot.assertState(ACTIVE);
    assertEquals(1 + 5 * 0.02 * 0.02, robot.sink.commands.get(robot.sink.size() - 2)[0], 1e-6, "from where it is measured");
  }

  /** What may come in between. */
  enum Interruption {
    RESET, STOP_AND_RESET, DISABLE_AND_ENABLE, DISABLE_AND_RESET, CLOCK;

    void happens(TestRobot robot) {
      switch (this) {
        case RESET -> robot.controller.reset("test");
        case STOP_AND_RESET -> {
          robot.controller.emergencyStop("test");
          robot.controller.reset("test");
        }
        case DISABLE_AND_ENABLE -> {
          robot.controller.deactivate("test");
          robot.controller.activate("test");
        }
        case DISABLE_AND_RESET -> {
          robot.controller.deactivate("test");
          robot.controller.reset("test");
        }
        case CLOCK -> robot.clock.jump(400 * MS);
      }
    }
  }
}
