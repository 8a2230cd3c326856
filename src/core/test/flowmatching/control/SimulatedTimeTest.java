package flowmatching.control;

import static flowmatching.control.ControllerState.ACTIVE;
import static flowmatching.control.ControllerState.HOLDING;
import static flowmatching.control.ControllerState.INACTIVE;
import static flowmatching.control.FakePolicy.chunk;
import static flowmatching.control.FakePolicy.constant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.policy.ActionChunk;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedTimeTest {
  private static final long MS = TestRobot.MS;
  private static final long STEP = 100 * MS;

  private static ControllerConfig.Builder config() {
    return TestRobot.config().controlRate(10).useSimTime(true).fade(Duration.ZERO);
  }

  /** The simulator moves its clock and sends what it measures. */
  private static void clockStep(TestRobot robot, long stamp) {
    robot.controller.onClock(stamp);
    robot.controller.offerState(robot.measured, stamp);
    robot.controller.step();
  }

  @Test
  void nothingHappensBeforeTheFirstStamp() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(8, 1)));
    robot.controller.offerState(robot.measured, 0);
    assertEquals(Long.MAX_VALUE, robot.controller.step());
    robot.work();
    assertEquals(0, robot.sink.size());
  }

  @Test
  void aSimulatorInLockStepIsAnsweredAtEachStepFromTimeZeroOn() {
    TestRobot robot = TestRobot.active(config().executionHorizon(8).build(), FakePolicy.always(chunk(0, 1, 2, 3, 4, 5, 6, 7)));
    for (int step = 0; step < 40; step++) {
      clockStep(robot, step * STEP);
      for (int round = 0; robot.sink.size() <= step; round++) {
        assertTrue(round < 5, "the simulator would wait for ever at step " + step + ": " + robot.controller.status());
        robot.work();
        robot.controller.step();
      }
      assertEquals(step + 1, robot.sink.size(), "one command a step");
      assertEquals(step * STEP, robot.sink.stamps.get(step));
    }
    for (int step = 0; step < 8; step++) {
      assertEquals(step, robot.sink.commands.get(step)[0], 1e-9);
    }
    assertEquals(0, robot.count("tick.missed"));
  }

  @Test
  void aTickOnAnEmptyQueueIsSentWhenItsChunkComes() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(0, 1, 2, 3)));
    clockStep(robot, 0);
    assertEquals(0, robot.sink.size());
    robot.controller.step();
    assertEquals(0, robot.sink.size(), "waking up alone sends nothing");
    robot.work();
    robot.controller.step();
    assertEquals(1, robot.sink.size());
    robot.controller.step();
    assertEquals(1, robot.sink.size(), "one command a step at the most");
  }

  @Test
  void aTickThatWaitsForItsChunkCountsOnceHoweverOftenItLooks() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(2, 1)));
    clockStep(robot, 0);
    for (int look = 0; look < 20; look++) {
      robot.controller.step();
    }
    assertEquals(1, robot.count("queue.empty"));
    robot.work();
    robot.controller.step();
    clockStep(robot, 400 * MS); // the chunk is over, and the next is asked for
    robot.controller.step();
    assertEquals(2, robot.count("queue.empty"));
  }

  @Test
  void samplesMayComeAfterTheirClock() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(0, 1, 2, 3)));
    robot.controller.onClock(0);
    robot.controller.step();
    assertEquals(HOLDING, robot.controller.status().state());
    robot.controller.offerState(robot.measured, 0);
    robot.controller.step();
    robot.work();
    robot.controller.step();
    assertEquals(ACTIVE, robot.controller.status().state());
    assertEquals(List.of(0L), robot.sink.stamps);
  }

  @Test
  void samplesMayComeBeforeTheirClock() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(0, 1, 2, 3)));
    robot.controller.offerState(robot.measured, 0);
    robot.controller.onClock(0);
    robot.controller.step();
    robot.work();
    robot.controller.step();
    assertEquals(0, robot.chunks.get(0).observed());
    assertEquals(1, robot.sink.size());
  }

  @Test
  void aSimulatorThatGoesOnRegardlessIsSentTheHold() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(5, 6)));
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    for (int step = 1; step < 10; step++) {
      clockStep(robot, step * STEP);
    }
    assertEquals(6, robot.sink.last());
    assertEquals(9, robot.sink.size(), "the one that was waited for in vain is missing");
  }

  @Test
  void activatedLaterItAnswersTheStepThatIsWaitedFor() {
    FakePolicy policy = FakePolicy.always(chunk(0, 1, 2, 3));
    TestRobot robot = new TestRobot(config().build(), policy);
    robot.controller.configure(policy);
    clockStep(robot, 0);
    robot.controller.activate("x");
    robot.controller.step();
    robot.work();
    robot.controller.step();
    assertEquals(List.of(0L), robot.sink.stamps);
  }

  @Test
  void commandsFollowTheControlRateNotTheClocksSteps() {
    TestRobot robot = TestRobot.active(config().controlRate(30).build(), FakePolicy.always(constant(40, 1)));
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    for (long stamp = MS; stamp <= 1000 * MS; stamp += MS) {
      clockStep(robot, stamp);
    }
    assertEquals(31, robot.sink.size(), 1);
  }

  @Test
  void roundedStepsOfTheControlPeriodAreAllAnswered() {
    for (int rate : new int[] {30, 60}) { // a period that is rounded down, and one that is rounded up
      TestRobot robot = TestRobot.active(config().controlRate(rate).build(), FakePolicy.always(constant(400, 1)));
      clockStep(robot, 0);
      robot.work();
      robot.controller.step();
      for (int step = 1; step <= 300; step++) {
        clockStep(robot, step * 1_000_000_000L / rate);
      }
      assertEquals(301, robot.sink.size());
    }
  }

  @Test
  void aLateStepIsNotAnsweredTwice() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(40, 1)));
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    clockStep(robot, 199 * MS);
    robot.controller.step();
    assertEquals(List.of(0L, 199 * MS), robot.sink.stamps);
  }

  @Test
  void anInstantThatIsSaidAgainGetsTheSameCommandAgain() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(3, 4, 5, 6)));
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    assertEquals(1, robot.sink.size());
    clockStep(robot, 0);
    assertEquals(2, robot.sink.size(), "a simulator that was reset at this instant still waits");
    assertEquals(robot.sink.commands.get(0)[0], robot.sink.commands.get(1)[0]);
    robot.controller.step();
    assertEquals(2, robot.sink.size(), "once for each time it is said");
    clockStep(robot, STEP);
    assertEquals(4, robot.sink.commands.get(2)[0], 1e-9, "the motion goes on where it was");
    assertEquals(1, robot.count("command.repeated"));
  }

  @Test
  void aJumpBackDisarms() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(8, 1)));
    play(robot, 1000 * MS);
    int before = robot.sink.size();
    clockStep(robot, 0);
    assertEquals(INACTIVE, robot.controller.status().state());
    assertTrue(robot.reason().matches("simulated time jumped back by 1\\.\\d{3} s; enable to go on"), robot.reason());
    robot.work();
    clockStep(robot, STEP);
    assertEquals(before, robot.sink.size());
  }

  @Test
  void whoEnablesAfterAJumpBackIsNotDisarmedByItThoughTheLoopHearsOfItLater() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(8, 1)));
    play(robot, 1000 * MS);
    robot.controller.onClock(0);
    robot.assertState(INACTIVE);
    assertTrue(robot.controller.activate("test").accepted());
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    robot.assertState(ACTIVE);
    assertEquals(0, robot.sink.stamps.get(robot.sink.size() - 1));
  }

  @Test
  void aJumpBackBeginsAgainWhereThatIsWanted() {
    TestRobot robot = TestRobot.active(config().rearmAfterClockJump(true).build(), FakePolicy.always(constant(8, 1)));
    play(robot, 1000 * MS);
    int before = robot.sink.size();
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    assertEquals(before + 1, robot.sink.size());
    assertEquals(0, robot.sink.stamps.get(before));
    assertEquals(ACTIVE, robot.controller.status().state());
    assertEquals(2, robot.policy.resets, "the new time is a new episode");
    assertEquals(1, robot.count("clock.jumped"));
  }

  @Test
  void afterAJumpBackNothingIsSentFromWhereTheRobotWasInMotion() {
    JointLimits limits = new JointLimits(-10, 10, 2, 5);
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, limits)))
        .controlRate(50).approachSpeed(1).useSimTime(true).rearmAfterClockJump(true).build();
    TestRobot robot = TestRobot.active(config, FakePolicy.always(constant(50, 9)));
    for (int step = 0; step < 30; step++) {
      clockStep(robot, step * 20 * MS);
      robot.work();
      robot.controller.step();
    }
    assertTrue(robot.sink.last() > 0.5);
    int before = robot.sink.size();
    for (int step = 0; step < 5; step++) {
      clockStep(robot, step * 20 * MS);
    }
    assertEquals(before, robot.sink.size(), "the simulator has put it back to 0");
    robot.work();
    robot.controller.step();
    assertEquals(0, robot.sink.last(), 0.01);
  }

  @Test
  void aRobotThatStandsIsInactiveWhenDisabledThoughTheSimulationIsPaused() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(constant(8, 0)));
    robot.controller.deactivate("test");
    robot.controller.step();
    robot.assertState(INACTIVE);
    robot.controller.activate("test");
    play(robot, 300 * MS);
    robot.controller.deactivate("test");
    robot.controller.step();
    robot.assertState(INACTIVE);
    robot.controller.emergencyStop("test");
    robot.controller.step();
    assertTrue(robot.controller.status().latched(), "an emergency stop stays");
  }

  @Test
  void aPolicyThatFailsDoesNotStopTheSimulation() {
    TestRobot robot = TestRobot.active(config().build(), FakePolicy.always(chunk(5, 6)));
    clockStep(robot, 0);
    robot.work();
    robot.controller.step();
    robot.policy.answer = seen -> {
      throw new IllegalStateException("broken");
    };
    for (int step = 1; step < 10; step++) {
      clockStep(robot, step * STEP);
      robot.work();
      robot.controller.step();
      assertEquals(step + 1, robot.sink.size());
    }
    assertEquals(HOLDING, robot.controller.status().state());
  }

  @Test
  void deltasAddUpThoughTheClockIsCoarserThanTheControlRate() {
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.DELTA, JointLimits.NONE)))
        .controlRate(50).useSimTime(true).build();
    FakePolicy policy = FakePolicy.always(new ActionChunk(8, 1, new float[] {1, 2, 3, 4, 5, 6, 7, 8}));
    TestRobot robot = new TestRobot(config, policy);
    robot.controller.configure(policy);
    clockStep(robot, 0);
    robot.controller.activate("how long a step takes is known by now");
    double moved = 0;
    for (int step = 1; step < 17; step++) {
      clockStep(robot, step * 50 * MS);
      if (step == 1) {
        robot.work();
        robot.controller.step();
      }
    }
    for (double[] command : robot.sink.commands) {
      moved += command[0];
    }
    assertEquals(36, moved, 1e-6);
  }

  @Test
  void aVelocityStaysThoughTheClocksStepsDoNotFitTheControlRate() {
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.VELOCITY, JointLimits.NONE)))
        .controlRate(50).useSimTime(true).build();
    FakePolicy policy = FakePolicy.always(constant(50, 1));
    TestRobot robot = new TestRobot(config, policy);
    robot.controller.configure(policy);
    robot.controller.activate("test");
    for (int step = 0; step < 40; step++) {
      clockStep(robot, step * 15 * MS);
      robot.work();
      robot.controller.step();
    }
    assertTrue(robot.sink.size() > 20);
    robot.sink.commands.forEach(command -> assertEquals(1, command[0], 1e-9));
  }

  @Test
  void onClockNeedsSimulatedTime() {
    TestRobot robot = new TestRobot(TestRobot.config().build(), FakePolicy.always(constant(8, 1)));
    assertThrows(IllegalStateException.class, () -> robot.controller.onClock(0));
  }

  private static void play(TestRobot robot, long until) {
    for (long stamp = 0; stamp <= until; stamp += STEP) {
      clockStep(robot, stamp);
      robot.work();
      robot.controller.step();
    }
  }
}
