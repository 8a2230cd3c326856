package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandGuardTest {
  private static final double DT = 0.02;
  private final Counters counters = new Counters();

  private static ControllerConfig config(ActionKind kind, JointLimits limits) {
    return ControllerConfig.builder(List.of(new ActionDimension("elbow", kind, 0, limits))).build();
  }

  private static double[] one(double value) {
    return new double[] {value};
  }

  private long count(String name) {
    return counters.snapshot().get(name);
  }

  @Test
  void aCommandWithinLimitsIsLeftAlone() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-1, 1, 1, 100));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(0.005);
    assertEquals(Verdict.OK, guard.check(command, config, new float[] {0}, DT));
    assertEquals(0.005, command[0]);
    assertEquals("", guard.reason());
    assertEquals(1, count("guard.ok"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e300, -1e12})
  void whatIsNotANumberForARobotIsRejected(double value) {
    ControllerConfig config = config(ActionKind.ABSOLUTE, JointLimits.NONE);
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    assertEquals(Verdict.REJECTED, guard.check(one(value), config, new float[] {0}, DT));
    assertEquals(GuardRule.FINITE, guard.rule());
    assertTrue(guard.reason().contains("elbow"));
    assertEquals(1, count("guard.finite.elbow"));
    double[] next = one(0.1);
    assertEquals(Verdict.OK, guard.check(next, config, new float[] {0}, DT), "the next one is judged on its own");
  }

  @Test
  void aCommandOfAnotherShapeOrWithoutTimeIsRejected() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, JointLimits.NONE);
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    assertEquals(Verdict.REJECTED, guard.check(new double[2], config, new float[] {0}, DT));
    assertEquals(GuardRule.SHAPE, guard.rule());
    assertEquals(Verdict.REJECTED, guard.check(one(0), config, new float[] {0}, 0));
    assertEquals(GuardRule.TIME, guard.rule());
    assertEquals(2, count("guard.rejected"));
  }

  @Test
  void theFirstCommandWaitsForAMeasurement() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, JointLimits.NONE);
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    assertEquals(Verdict.REJECTED, guard.check(one(0), config, null, DT));
    assertEquals(GuardRule.MEASURED, guard.rule());
  }

  @Test
  void theFirstCommandApproachesFromTheMeasuredPosition() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 2, Double.POSITIVE_INFINITY));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    float[] measured = {3};
    double position = 3;
    int ticks = 0;
    Verdict verdict;
    do {
      double[] command = one(-1);
      verdict = guard.check(command, config, measured, DT);
      assertTrue(Math.abs(command[0] - position) <= 1 * DT + 1e-9, "half of the velocity limit");
      position = command[0];
    } while (verdict == Verdict.CLAMPED && ++ticks < 1000);
    assertEquals(-1, position, 1e-9);
    assertEquals(4 / (1 * DT), ticks, 2);
    assertTrue(count("guard.approach.elbow") > 100);
    double[] fast = one(-1 + 1.9 * DT);
    assertEquals(Verdict.OK, guard.check(fast, config, measured, DT), "once met, the whole velocity may be used");
  }

  @Test
  void theApproachArrivesWithoutOvershoot() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 2, 3));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double highest = 0;
    double[] command = one(0);
    for (int tick = 0; tick < 500; tick++) {
      command[0] = 1;
      guard.check(command, config, new float[] {0}, DT);
      highest = Math.max(highest, command[0]);
    }
    assertEquals(1, command[0], 1e-9);
    assertEquals(1, highest, 1e-9);
  }

  @Test
  void anApproachMeetsAMovingPolicy() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-100, 100, 2, 3));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double target = 1;
    double[] command = one(0);
    for (int tick = 0; tick < 500; tick++) {
      target += 0.6 * DT;
      command[0] = target;
      guard.check(command, config, new float[] {0}, DT);
    }
    assertEquals(target, command[0], 1e-6);
  }

  @Test
  void aJumpOfThePolicyIsFollowedWithoutSwingingAboutIt() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 3, 20));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(0);
    guard.check(command, config, new float[] {0}, DT); // met: no approach any more
    double highest = 0;
    for (int tick = 0; tick < 500; tick++) {
      command[0] = 1;
      guard.check(command, config, new float[] {0}, DT);
      highest = Math.max(highest, command[0]);
    }
    assertEquals(1, command[0], 1e-9);
    assertTrue(guard.isAtRest());
    assertEquals(1, highest, 1e-9);
  }

  @Test
  void aJointThatKeepsUpGoesOnAsFastAfterATickThatWasMissed() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 3, 20));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double target = 0;
    double[] command = one(0);
    for (int tick = 0; tick < 50; tick++) {
      command[0] = target;
      guard.check(command, config, new float[] {0}, DT);
      target += 2 * DT;
    }
    guard.follow(one(target - 2 * DT / 2), one(2), DT, config); // where the trajectory has led by now, one period later
    command[0] = target + 2 * DT;
    assertEquals(Verdict.OK, guard.check(command, config, null, DT));
    assertEquals(target + 2 * DT, command[0]);
  }

  @ParameterizedTest
  @CsvSource({"20, 0", "20, 50", "Infinity, 0", "Infinity, 50"})
  void onTheWayOrHeldThereAJointNeverSetsOutAwayFromThePolicy(double acceleration, int held) {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 3, acceleration));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(0);
    for (int tick = 0; tick < 8; tick++) {
      command[0] = 1;
      guard.check(command, config, new float[] {0}, DT);
    }
    for (int tick = 0; tick < held; tick++) {
      guard.hold(command, config, null, DT);
    }
    double before = command[0];
    command[0] = before + 0.1; // the policy jumps
    guard.check(command, config, new float[] {0}, DT);
    assertTrue(command[0] >= before, "at " + before + ", then " + command[0]);
  }

  @Test
  void aJointFoundOutsideItsRangeIsLedBackNotThrownBack() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-1, 1, 2, Double.POSITIVE_INFINITY));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double position = 1.5;
    for (int tick = 0; tick < 100; tick++) {
      double[] command = one(1.4);
      guard.check(command, config, new float[] {1.5f}, DT);
      assertTrue(command[0] <= position && position - command[0] <= 2 * DT + 1e-9);
      position = command[0];
    }
    assertEquals(1, position, 1e-9);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void noInputWhateverLeadsBeyondTheLimits(long seed) {
    Random random = new Random(seed);
    double velocity = 0.5 + random.nextDouble() * 3;
    double acceleration = seed % 2 == 0 ? Double.POSITIVE_INFINITY : 0.5 + random.nextDouble() * 20;
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-1, 0.5, velocity, acceleration));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double position = 0.1f;
    double speed = 0;
    for (int tick = 0; tick < 20_000; tick++) {
      double[] command = one(switch (random.nextInt(8)) {
        case 0 -> Double.NaN;
        case 1 -> Double.POSITIVE_INFINITY;
        case 2 -> random.nextGaussian() * 1e8;
        case 3 -> 0.5;
        default -> position + random.nextGaussian() * 0.05;
      });
      Verdict verdict = guard.check(command, config, new float[] {0.1f}, DT);
      if (verdict == Verdict.REJECTED && !guard.hold(command, config, new float[] {0.1f}, DT)) {
        continue;
      }
      double moved = (command[0] - position) / DT;
      assertTrue(command[0] >= -1 && command[0] <= 0.5, "position " + command[0]);
      assertTrue(Math.abs(moved) <= velocity + 1e-6, "velocity " + moved);
      assertTrue(Math.abs(moved - speed) <= acceleration * DT + 1e-6, "acceleration " + (moved - speed) / DT);
      position = command[0];
      speed = moved;
    }
    assertTrue(count("guard.clamped") > 1000 && count("guard.rejected") > 1000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void velocitiesAndDeltasKeepTheLimitsToo(long seed) {
    Random random = new Random(seed);
    ActionKind kind = seed % 2 == 0 ? ActionKind.DELTA : ActionKind.VELOCITY;
    ControllerConfig config = config(kind, new JointLimits(-1, 1, 2, 8));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double position = 0;
    double speed = 0;
    for (int tick = 0; tick < 20_000; tick++) {
      double wanted = random.nextGaussian() * (kind == ActionKind.DELTA ? 0.1 : 5) + 0.01;
      double[] command = one(random.nextInt(20) == 0 ? Double.NaN : wanted);
      float[] measured = {(float) position};
      if (guard.check(command, config, measured, DT) == Verdict.REJECTED && !guard.hold(command, config, measured, DT)) {
        continue;
      }
      double velocity = kind == ActionKind.DELTA ? command[0] / DT : command[0];
      assertTrue(Math.abs(velocity) <= 2 + 1e-6);
      assertTrue(Math.abs(velocity - speed) <= 8 * DT + 1e-3, "acceleration " + (velocity - speed) / DT);
      position += velocity * DT;
      assertTrue(Math.abs(position) <= 1 + 1e-4, "position " + position);
      speed = velocity;
    }
  }

  @Test
  void loweredLimitsAreReachedByBraking() {
    ControllerConfig fast = config(ActionKind.ABSOLUTE, new JointLimits(-100, 100, 10, 5));
    ControllerConfig slow = config(ActionKind.ABSOLUTE, new JointLimits(-100, 100, 1, 5));
    CommandGuard guard = new CommandGuard(fast.dimensions(), counters);
    double position = 0;
    double speed = 0;
    for (int tick = 0; tick < 200; tick++) {
      double[] command = one(tick == 0 ? 0 : position + 8 * DT);
      guard.check(command, tick < 100 ? fast : slow, new float[] {0}, DT);
      double moved = (command[0] - position) / DT;
      assertTrue(Math.abs(moved - speed) <= 5 * DT + 1e-6);
      position = command[0];
      speed = moved;
    }
    assertEquals(1, speed, 1e-6);
  }

  @Test
  void holdingBringsToRestAndStays() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-100, 100, 10, 5));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(0);
    assertFalse(guard.hold(command, config, new float[] {0}, DT), "nothing was commanded yet");
    for (int tick = 1; tick <= 20; tick++) {
      command[0] = tick * 0.01;
      guard.check(command, config, new float[] {0}, DT);
    }
    assertFalse(guard.isAtRest());
    double before = command[0];
    for (int tick = 0; tick < 100; tick++) {
      assertTrue(guard.hold(command, config, null, DT));
      assertTrue(command[0] >= before, "it never turns back");
      before = command[0];
    }
    assertTrue(guard.isAtRest());
  }

  @Test
  void afterRestAFarTargetIsApproachedAgain() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, new JointLimits(-10, 10, 2, Double.POSITIVE_INFINITY));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(0);
    guard.check(command, config, new float[] {0}, DT);
    guard.hold(command, config, null, DT);
    command[0] = 5;
    guard.check(command, config, new float[] {0}, DT);
    assertEquals(1 * DT, command[0], 1e-9, "at half of the velocity limit");
    assertEquals(GuardRule.APPROACH, guard.rule());
  }

  @Test
  void aJointThatIsNotMeasuredSetsOutAnewFromItsLastCommand() {
    JointLimits limits = new JointLimits(-10, 10, 2, Double.POSITIVE_INFINITY);
    ControllerConfig config =
        ControllerConfig.builder(List.of(new ActionDimension("elbow", ActionKind.ABSOLUTE, ActionDimension.NOT_MEASURED, limits))).build();
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(3);
    guard.check(command, config, null, DT);
    assertEquals(3, command[0], "nobody knows where it starts");
    guard.restart(config);
    command[0] = -3;
    guard.check(command, config, null, DT);
    assertEquals(3 - 1 * DT, command[0], 1e-9, "but it was sent to 3");
    guard.forget();
    command[0] = -3;
    guard.check(command, config, null, DT);
    assertEquals(-3, command[0], "what was commanded in the shadow it never did");
  }

  @Test
  void aVelocityIsHeldAtZero() {
    ControllerConfig config = config(ActionKind.VELOCITY, new JointLimits(-100, 100, 10, 50));
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    double[] command = one(1);
    guard.check(command, config, new float[] {0}, DT);
    guard.restart(config);
    assertTrue(guard.hold(command, config, null, DT), "what rolls is stopped, also after a restart");
    assertEquals(0, command[0]);
    assertFalse(guard.hold(command, config, null, DT));
  }

  @Test
  void infiniteLimitsLetEverythingPass() {
    ControllerConfig config = config(ActionKind.ABSOLUTE, JointLimits.NONE);
    CommandGuard guard = new CommandGuard(config.dimensions(), counters);
    Random random = new Random(0);
    for (int tick = 0; tick < 1000; tick++) {
      double wanted = random.nextGaussian() * 100;
      double[] command = one(wanted);
      assertEquals(Verdict.OK, guard.check(command, config, new float[] {0}, DT));
      assertArrayEquals(one(wanted), command);
      if (tick % 10 == 0) {
        guard.hold(command, config, null, 0);
        assertTrue(Double.isFinite(command[0]));
      }
    }
  }
}
