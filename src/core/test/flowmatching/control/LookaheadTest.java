package flowmatching.control;

import static flowmatching.control.TestRobot.MS;
import static flowmatching.control.TestRobot.PERIOD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LookaheadTest {
  private static final double DT = PERIOD * 1e-9;
  private static final int GRIPPER = 2;
  private static final int JOINTS = 3;
  /** After a restart a motion begins at the measured position, which is a float between -1 and 1. */
  private static final double MEASURED = 6e-8;

  /** Instants are rounded to nanoseconds, in which a joint goes up to 3.3e-9, in a period of 20 ms as much as at this velocity. */
  private static final double ROUNDED = 1.7e-7;

  private final RecordingTrajectorySink sink = new RecordingTrajectorySink();

  /** Two joints with random limits and a gripper. */
  private static ControllerConfig.Builder config(Random random) {
    return config(random, 1);
  }

  private static ControllerConfig.Builder config(Random random, double range) {
    List<ActionDimension> dimensions = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      double velocity = 0.3 + 3 * random.nextDouble();
      double acceleration = 1 + 20 * random.nextDouble();
      dimensions.add(new ActionDimension("joint" + i, ActionKind.ABSOLUTE, i, new JointLimits(-range, range, velocity, acceleration)));
    }
    dimensions.add(new ActionDimension("gripper", ActionKind.GRIPPER, GRIPPER, JointLimits.NONE, new Gripper(0.3, 0.7, 0, 1)));
    return ControllerConfig.builder(dimensions);
  }

  /** A smooth path, or noise that the guard has to tame. */
  private static ActionChunk chunk(Random random, int steps) {
    float[] values = new float[steps * JOINTS];
    boolean smooth = random.nextBoolean();
    double phase = random.nextDouble() * 6;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (smooth ? 0.9 * Math.sin(phase + 0.1 * (i / JOINTS) + i % JOINTS) : random.nextGaussian());
    }
    return new ActionChunk(steps, JOINTS, values);
  }

  private TestRobot robot(ControllerConfig config, FakePolicy policy, CommandSink to) {
    TestRobot robot = new TestRobot(config, policy, to);
    robot.controller.configure(policy);
    robot.controller.activate("test");
    return robot;
  }

  private static void assertLeadsToRest(CommandTrajectory trajectory) {
    assertEquals(0, trajectory.time(0));
    for (int k = 1; k < trajectory.size(); k++) {
      assertTrue(trajectory.time(k) > trajectory.time(k - 1), "time goes on");
    }
    int last = trajectory.size() - 1;
    assertTrue(trajectory.time(last) >= RecordingTrajectorySink.REACH, "it is not over when it arrives");
    for (int i = 0; i < trajectory.dimension(); i++) {
      assertEquals(0, trajectory.velocity(last, i), 0.0);
    }
  }

  /** Constant acceleration between points, within all limits. */
  private static void assertWithinLimits(CommandTrajectory trajectory, ControllerConfig config) {
    for (int k = 1; k < trajectory.size(); k++) {
      double length = (trajectory.time(k) - trajectory.time(k - 1)) * 1e-9;
      for (int i = 0; i < JOINTS; i++) {
        JointLimits limits = config.dimensions().get(i).limits();
        double position = trajectory.position(k, i);
        assertTrue(position >= limits.minPosition() && position <= limits.maxPosition(), "position " + position);
        if (i == GRIPPER) {
          assertEquals(0, trajectory.velocity(k, i), 0.0, "a gripper jumps");
          continue;
        }
        double before = trajectory.velocity(k - 1, i);
        double after = trajectory.velocity(k, i);
        assertTrue(Math.abs(after) <= limits.maxVelocity() + 1e-9, "velocity " + after);
        assertTrue(Math.abs(after - before) <= limits.maxAcceleration() * length + ROUNDED, "acceleration " + (after - before) / length + " of " + limits.maxAcceleration());
        assertEquals((before + after) / 2 * length, position - trajectory.position(k - 1, i), 1e-9, "a parabola");
      }
    }
  }

  /** The arm is where its last trajectory leads, and the next one begins there, as fast. */
  private void assertGoesOnFrom(CommandTrajectory before, long stamp) {
    long elapsed = sink.lastStamp() - stamp;
    for (int i = 0; i < GRIPPER; i++) {
      assertEquals(before.positionAt(elapsed, i), sink.last().position(0, i), MEASURED, "joint " + i);
      assertEquals(before.velocityAt(elapsed, i), sink.last().velocity(0, i), 1e-12, "joint " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatItForeseesIsCommandedWhenNothingNewArrives(long seed) {
    Random random = new Random(seed);
    ControllerConfig config = config(random).build();
    TestRobot robot = robot(config, FakePolicy.of(JOINTS, seen -> chunk(random, 40)), sink);
    robot.tick(60); // two chunks and more
    robot.working = false;
    int silent = sink.size();
    robot.tick(100);
    int compared = 0;
    for (int k = silent; k < sink.size(); k++) {
      CommandTrajectory foreseen = sink.trajectories.get(k);
      for (int j = 1; j < 15 && k + j < sink.size(); j++) {
        CommandTrajectory later = sink.trajectories.get(k + j);
        for (int i = 0; i < JOINTS; i++) {
          assertEquals(foreseen.position(j, i), later.position(0, i), 1e-12, "joint " + i + " " + j + " ticks after " + k);
          assertEquals(foreseen.position(j + 1, i), later.position(1, i), 1e-12);
          assertEquals(foreseen.velocity(j + 1, i), later.velocity(1, i), 1e-12);
          compared++;
        }
      }
    }
    assertTrue(compared > 3000, "compared " + compared);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void lookingAheadChangesNeitherCommandsNorCounters(long seed) {
    ControllerConfig config = config(new Random(seed)).build();
    Random[] twins = {new Random(seed), new Random(seed)};
    TestRobot plain = robot(config, FakePolicy.of(JOINTS, seen -> chunk(twins[0], 12)), null);
    TestRobot ahead = robot(config, FakePolicy.of(JOINTS, seen -> chunk(twins[1], 12)), sink);
    Random events = new Random(seed);
    for (int tick = 0; tick < 500; tick++) {
      boolean working = events.nextInt(40) != 0;
      plain.working = working;
      ahead.working = working;
      plain.tick();
      ahead.tick();
    }
    assertEquals(plain.controller.counters(), ahead.controller.counters());
    assertTrue(plain.count("guard.clamped") > 50 && plain.count("queue.empty") > 0, plain.controller.counters().toString());
    assertEquals(plain.sink.stamps, sink.stamps);
    for (int k = 0; k < sink.size(); k++) {
      for (int i = 0; i < JOINTS; i++) {
        CommandTrajectory trajectory = sink.trajectories.get(k);
        // The first point after now is half a step before the command, unless the robot is held there.
        if (trajectory.time(1) == PERIOD) {
          double command = trajectory.position(1, i) + trajectory.velocity(1, i) * DT / 2;
          assertEquals(plain.sink.commands.get(k)[i], command, 1e-9);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theMotionKeepsItsLimitsAndHasNoStepsWhateverHappens(long seed) {
    Random random = new Random(seed);
    ControllerConfig config = config(random).build();
    TestRobot robot = robot(config, FakePolicy.of(JOINTS, seen -> chunk(random, 4 + random.nextInt(20))), sink);
    robot.tick(3);
    int missed = 0;
    int stopped = 0;
    for (int tick = 0; tick < 3000; tick++) {
      switch (random.nextInt(80)) {
        case 0 -> robot.working = !robot.working;
        case 1 -> robot.measuring = !robot.measuring;
        case 2 -> robot.controller.emergencyStop("test");
        case 3 -> robot.controller.deactivate("test");
        case 4 -> {
          robot.clock.advance(PERIOD * random.nextInt(40));
          missed++;
        }
        case 5, 6, 7, 8 -> {
          robot.measuring = true; // else it would begin where it was measured before
          robot.controller.reset("test");
          robot.controller.activate("test");
        }
        default -> {
        }
      }
      CommandTrajectory before = sink.last();
      long stamp = sink.lastStamp();
      int sent = sink.size();
      for (int i = 0; i < JOINTS; i++) {
        robot.measured[i] = (float) before.positionAt(robot.clock.now() - stamp, i);
      }
      stopped += robot.controller.status().state() == ControllerState.STOPPING ? 1 : 0;
      robot.tick();
      if (sink.size() > sent) {
        assertLeadsToRest(sink.last());
        assertWithinLimits(sink.last(), config);
        assertGoesOnFrom(before, stamp);
      }
    }
    assertTrue(sink.size() > 500 && missed > 10 && stopped > 10, sink.size() + " trajectories, " + missed + ", " + stopped);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void stepsOfAnUnevenSimulatedClockLeaveNoneInTheMotion(long seed) {
    Random random = new Random(seed);
    ControllerConfig config = config(random).useSimTime(true).build();
    TestRobot robot = robot(config, FakePolicy.of(JOINTS, seen -> chunk(random, 20)), sink);
    long time = 0;
    for (int step = 0; step < 2000; step++) {
      time += (1 + random.nextInt(random.nextInt(20) == 0 ? 500 : 30)) * MS;
      CommandTrajectory before = sink.size() == 0 ? null : sink.last();
      long stamp = before == null ? 0 : sink.lastStamp();
      int sent = sink.size();
      robot.controller.onClock(time);
      robot.controller.offerState(robot.measured, time);
      robot.controller.step();
      robot.work();
      robot.controller.step();
      for (int k = sent; before != null && k < sink.size(); k++) {
        assertLeadsToRest(sink.last());
        assertGoesOnFrom(before, stamp);
      }
    }
    assertTrue(sink.size() > 500, sink.size() + " trajectories");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void stampsThatAreAMomentEarlyOrLateKeepTheLimitsAndLeaveNoSteps(long seed) {
    Random random = new Random(seed);
    // Never at its end: there a joint that is a moment further has less room to brake, and stays within its range all the same.
    ControllerConfig config = config(random, 100).build();
    TestRobot robot = robot(config, FakePolicy.of(JOINTS, seen -> chunk(random, 20)), sink);
    robot.tick(3);
    long late = 0;
    for (int tick = 0; tick < 2000; tick++) {
      long now = random.nextInt(20_001) - 10_000;
      robot.clock.jump(now - late); // as when the thread is held up between reading one clock and the other
      late = now;
      CommandTrajectory before = sink.last();
      long stamp = sink.lastStamp();
      robot.tick();
      assertLeadsToRest(sink.last());
      assertWithinLimits(sink.last(), config);
      assertGoesOnFrom(before, stamp);
    }
  }

  @Test
  void aRobotWithoutItsNodeComesToRestWithinTheWindowAndItsBraking() {
    JointLimits limits = new JointLimits(-100, 100, 2, 4);
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, limits)))
        .approachSpeed(1).executionHorizon(100).build();
    float[] ramp = new float[100];
    for (int k = 0; k < ramp.length; k++) {
      ramp[k] = 0.15f * k;
    }
    TestRobot robot = robot(config, FakePolicy.always(FakePolicy.chunk(ramp)), sink);
    robot.tick(200);
    CommandTrajectory last = sink.last();
    assertEquals(1.5, last.velocity(0, 0), 1e-4, "in full motion");
    assertEquals(1.5, last.velocityAt(RecordingTrajectorySink.REACH, 0), 1e-4);
    assertEquals(RecordingTrajectorySink.REACH + 375 * MS, last.time(last.size() - 1), MS, "1.5 / 4 s");
    double reached = last.position(0, 0) + 1.5 * 0.3 + 1.5 * 1.5 / 8;
    assertEquals(reached, last.position(last.size() - 1, 0), 1e-3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, GRIPPER})
  void aStopBeforeAForeseenMotionTakesItBack(int mover) {
    float[] values = new float[100 * JOINTS];
    for (int k = 5; k < 100; k++) {
      values[k * JOINTS + mover] = 1; // all stand for half a second, then one goes
    }
    FakePolicy policy = FakePolicy.of(JOINTS, seen -> new ActionChunk(100, JOINTS, values));
    TestRobot robot = robot(config(new Random(1)).build(), policy, sink);
    robot.tick(15);
    CommandTrajectory last = sink.last();
    for (int i = 0; i < JOINTS; i++) {
      assertEquals(0, last.position(1, i), "standing");
      assertEquals(i == mover, last.position(last.size() - 1, i) > 0, "one is about to go");
    }
    robot.controller.emergencyStop("test");
    robot.tick();
    for (int i = 0; i < JOINTS; i++) {
      assertEquals(0, sink.last().position(sink.last().size() - 1, i));
    }
    int sent = sink.size();
    robot.tick(5);
    assertEquals(sent, sink.size(), "said once");
  }

  @Test
  void afterAPauseARobotThatWasMovedBeginsWhereItIs() {
    FakePolicy policy = FakePolicy.of(1, seen -> FakePolicy.constant(8, 0.5f));
    ControllerConfig config =
        ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, new JointLimits(-9, 9, 1, 5)))).build();
    TestRobot robot = robot(config, policy, sink);
    robot.tick(100);
    robot.controller.deactivate("test");
    robot.tick(10);
    robot.assertState(ControllerState.INACTIVE);
    robot.measured[0] = -3;
    robot.controller.activate("test");
    int sent = sink.size();
    robot.tick(3);
    assertEquals(-3, sink.trajectories.get(sent).position(0, 0), 1e-12);
    assertEquals(0, sink.trajectories.get(sent).velocity(0, 0), 0.0);
  }

  @Test
  void inShadowNothingIsPublishedAndTheWayOutBeginsAtRest() {
    FakePolicy policy = FakePolicy.of(1, seen -> FakePolicy.constant(8, 5));
    ControllerConfig.Builder config =
        ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, new JointLimits(-9, 9, 1, 5))));
    TestRobot robot = robot(config.build(), policy, sink);
    robot.tick(50);
    robot.controller.retune(config.shadow(true).build());
    robot.tick(50);
    CommandTrajectory last = sink.last();
    assertTrue(last.standsFrom(PERIOD), "it was led to rest first");
    double rest = last.position(last.size() - 1, 0);
    int sent = sink.size();
    robot.tick(50);
    assertEquals(sent, sink.size());
    robot.measured[0] = (float) rest;
    robot.controller.retune(config.shadow(false).build());
    robot.tick(2);
    assertTrue(sink.size() > sent);
    assertEquals(rest, sink.trajectories.get(sent).position(0, 0), 1e-6);
    assertEquals(0, sink.trajectories.get(sent).velocity(0, 0), 0.0);
  }

  @Test
  void eachJointBrakesByItsOwnLimit() {
    CommandTrajectory trajectory = held(new JointLimits(-9, 9, 9, 2), new JointLimits(-9, 9, 9, 8));
    assertEquals(4, trajectory.size(), "now, one stands, both stand, and the end of the window");
    double speed = trajectory.velocity(0, 0);
    assertEquals(speed / 8, trajectory.time(1) * 1e-9, 2e-9);
    assertEquals(speed / 2, trajectory.time(2) * 1e-9, 2e-9);
    assertEquals(0, trajectory.velocity(1, 1), 0.0);
    assertEquals(speed * 0.75, trajectory.velocity(1, 0), 1e-6);
    assertEquals(speed * speed / 16, trajectory.position(2, 1) - trajectory.position(0, 1), 1e-6);
    assertEquals(speed * speed / 4, trajectory.position(2, 0) - trajectory.position(0, 0), 1e-6);
  }

  @Test
  void aJointThatCannotStopBeforeANarrowedRangeStopsAtItsEnd() {
    CommandTrajectory trajectory = held(new JointLimits(-9, 0.15, 9, 0.1), new JointLimits(-9, 9, 9, 8));
    assertEquals(0.15, trajectory.position(trajectory.size() - 1, 0), 1e-9);
    for (long time = 0; time < RecordingTrajectorySink.REACH; time += MS) {
      assertTrue(trajectory.positionAt(time, 0) <= 0.15 + 1e-9, "at " + time);
    }
  }

  @Test
  void withoutAccelerationLimitsAJointStopsWithinAPeriod() {
    CommandTrajectory trajectory = held(JointLimits.NONE, JointLimits.NONE);
    assertEquals(3, trajectory.size());
    assertEquals(PERIOD, trajectory.time(1));
    assertEquals(trajectory.position(0, 0) + trajectory.velocity(0, 0) * DT / 2, trajectory.position(1, 0), 1e-12);
  }

  /** Two joints that come from 0 to 0.1 at 0.5 a second and are then held by these limits. */
  private static CommandTrajectory held(JointLimits... limits) {
    List<ActionDimension> dimensions = new ArrayList<>();
    for (int i = 0; i < limits.length; i++) {
      dimensions.add(new ActionDimension("joint" + i, ActionKind.ABSOLUTE, i, JointLimits.NONE));
    }
    ControllerConfig free = ControllerConfig.builder(dimensions).build();
    CommandGuard guard = new CommandGuard(dimensions, new Counters());
    Lookahead lookahead = new Lookahead(new ActionQueue(2, new Counters()), guard, free, RecordingTrajectorySink.REACH);
    for (int tick = 0; tick <= 10; tick++) {
      guard.check(new double[] {0.01 * tick, 0.01 * tick}, free, new float[2], DT);
    }
    for (int i = 0; i < limits.length; i++) {
      dimensions.set(i, dimensions.get(i).withLimits(limits[i]));
    }
    ControllerConfig limited = ControllerConfig.builder(dimensions).build();
    lookahead.play(0, free);
    lookahead.resume(PERIOD, limited);
    guard.hold(new double[2], limited, null, DT);
    lookahead.hold(limited);
    return lookahead.trajectory();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void limitsThatAreLoweredInMotionLeaveNoStep(long seed) {
    Random random = new Random(seed);
    ControllerConfig.Builder builder = config(random);
    ControllerConfig full = builder.build();
    List<ActionDimension> slower = full.dimensions().stream().map(LookaheadTest::slower).toList();
    ControllerConfig slow = ControllerConfig.builder(slower).build();
    TestRobot robot = robot(full, FakePolicy.of(JOINTS, seen -> chunk(random, 20)), sink);
    robot.tick(3);
    for (int tick = 0; tick < 1000; tick++) {
      if (tick % 25 == 0) {
        robot.controller.retune(tick % 50 == 0 ? slow : full);
        robot.working = random.nextInt(3) != 0;
      }
      CommandTrajectory before = sink.last();
      long stamp = sink.lastStamp();
      robot.tick();
      assertGoesOnFrom(before, stamp);
      assertLeadsToRest(sink.last());
      for (int k = 0; k < sink.last().size(); k++) {
        double position = sink.last().position(k, 0);
        assertTrue(position >= -1 && position <= 1, "position " + position);
      }
    }
  }

  /** A tenth of velocity and acceleration. */
  private static ActionDimension slower(ActionDimension joint) {
    JointLimits limits = joint.limits();
    return joint.withLimits(new JointLimits(
        limits.minPosition(), limits.maxPosition(), limits.maxVelocity() / 10, limits.maxAcceleration() / 10));
  }

  @Test
  @Timeout(60)
  void aNodeThatIsShutDownInFullMotionLeavesTheRestToItsTrajectory() throws InterruptedException {
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(ActionKind.ABSOLUTE, new JointLimits(-9, 9, 1, 1))))
        .controlRate(200).approachSpeed(1).autostart(true).build();
    PolicyController controller =
        new PolicyController(config, ControlClock.system(), sink, chunk -> {}, Executors.defaultThreadFactory());
    controller.configure(FakePolicy.of(1, seen -> FakePolicy.constant(100, 8)));
    while (!sink.isFasterThan(0.8)) {
      controller.offerState(new float[1], 0);
      Thread.sleep(2);
    }
    controller.close(); // which waits for half a second, and braking takes 0.8 s
    assertTrue(sink.isFasterThan(0), "still in motion");
    for (int k = 1; k < sink.size(); k++) {
      CommandTrajectory before = sink.trajectories.get(k - 1);
      long elapsed = sink.stamps.get(k) - sink.stamps.get(k - 1);
      assertEquals(before.positionAt(elapsed, 0), sink.trajectories.get(k).position(0, 0), 1e-9, "trajectory " + k);
      assertEquals(before.velocityAt(elapsed, 0), sink.trajectories.get(k).velocity(0, 0), 1e-9, "trajectory " + k);
    }
  }

  @Test
  void aHigherControlRateIsFollowedAtRunTime() {
    ControllerConfig.Builder config = config(new Random(1));
    TestRobot robot = robot(config.build(), FakePolicy.of(JOINTS, seen -> chunk(new Random(2), 20)), sink);
    robot.tick(20);
    CommandTrajectory before = sink.last();
    long stamp = sink.lastStamp();
    robot.controller.retune(config.controlRate(400).build());
    robot.tick();
    assertGoesOnFrom(before, stamp);
    assertEquals(2_500_000, sink.last().time(1));
    assertTrue(sink.last().size() > 120, "points " + sink.last().size());
    assertLeadsToRest(sink.last());
  }

  @Test
  void aCommandThatIsAskedForAgainIsTheSameTrajectory() {
    ControllerConfig config = config(new Random(1)).useSimTime(true).build();
    TestRobot robot = robot(config, FakePolicy.of(JOINTS, seen -> chunk(new Random(2), 20)), sink);
    for (int again = 0; again < 2; again++) {
      robot.controller.onClock(0);
      robot.controller.offerState(robot.measured, 0);
      robot.controller.step();
      robot.work();
      robot.controller.step();
    }
    assertEquals(List.of(0L, 0L), sink.stamps);
    for (int k = 0; k < sink.last().size(); k++) {
      assertEquals(sink.trajectories.get(0).time(k), sink.last().time(k));
      assertEquals(sink.trajectories.get(0).position(k, 0), sink.last().position(k, 0), 0.0);
    }
  }

  @ParameterizedTest
  @EnumSource(value = ActionKind.class, names = {"DELTA", "VELOCITY"})
  void onlyPositionsMakeATrajectory(ActionKind kind) {
    ControllerConfig config = ControllerConfig.builder(List.of(TestRobot.joint(kind, JointLimits.NONE))).build();
    String message = assertThrows(BadInputException.class, () -> new TestRobot(config, null, sink)).getMessage();
    assertTrue(message.contains("elbow") && message.contains(kind.toString()), message);
  }
}
