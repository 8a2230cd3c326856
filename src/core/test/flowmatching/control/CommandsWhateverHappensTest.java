package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.policy.ActionChunk;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Services, lost streams, a policy that fails or hangs, clocks that are set: single commands keep their limits, and none ends in motion. */
class CommandsWhateverHappensTest {
  private static final double DT = 0.02;
  private static final JointLimits LIMITS = new JointLimits(-3, 3, 2, 8);

  private double position;

  @ParameterizedTest
  @EnumSource(names = {"ABSOLUTE", "DELTA", "VELOCITY"})
  void limitsAreKept(ActionKind kind) {
    int commands = 0;
    for (int seed = 0; seed < 40; seed++) {
      position = 0;
      commands += run(kind, new Random(seed), kind + " with seed " + seed);
    }
    assertTrue(commands > 5000, commands + " commands");
  }

  private int run(ActionKind kind, Random random, String what) {
    ControllerConfig.Builder config = ControllerConfig.builder(List.of(TestRobot.joint(kind, LIMITS)))
        .fade(Duration.ofMillis(random.nextInt(3) * 100)).executionHorizon(random.nextInt(4));
    FakePolicy policy = FakePolicy.of(1, seen -> chunk(kind, random));
    TestRobot robot = TestRobot.active(config.build(), policy);
    double velocity = 0;
    for (int tick = 0; tick < 500; tick++) {
      happen(robot, config, kind, random);
      robot.measured[0] = (float) position;
      int before = robot.sink.size();
      robot.tick();
      boolean commanded = robot.sink.size() > before;
      double now = moved(kind, commanded, commanded ? robot.sink.last() : 0, velocity) / DT;
      position += now * DT;
      String where = what + " at tick " + tick + ": " + velocity + " to " + now + ", " + robot.controller.status();
      assertTrue(Math.abs(now) <= LIMITS.maxVelocity() + 1e-3, where);
      assertEquals(velocity, now, LIMITS.maxAcceleration() * DT + 1e-2, where);
      assertTrue(position >= LIMITS.minPosition() - 1e-4 && position <= LIMITS.maxPosition() + 1e-4, where);
      assertTrue(commanded || Math.abs(now) < 1e-2, "no command in motion: " + where);
      velocity = now;
    }
    return robot.sink.size();
  }

  private double moved(ActionKind kind, boolean commanded, double command, double velocity) {
    return switch (kind) {
      case ABSOLUTE -> commanded ? command - position : 0;
      case DELTA -> command;
      default -> (commanded ? command : velocity) * DT;
    };
  }

  private ActionChunk chunk(ActionKind kind, Random random) {
    if (random.nextInt(20) == 0) {
      throw new IllegalStateException("broken");
    }
    float[] values = new float[1 + random.nextInt(8)];
    double velocity = random.nextGaussian() * 2;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (kind == ActionKind.ABSOLUTE ? position + velocity * i / 10 : kind == ActionKind.DELTA ? velocity / 10 : velocity);
    }
    return FakePolicy.chunk(values);
  }

  private static void happen(TestRobot robot, ControllerConfig.Builder config, ActionKind kind, Random random) {
    switch (random.nextInt(60)) {
      case 0 -> robot.controller.reset("test");
      case 1 -> robot.controller.emergencyStop("test");
      case 2, 3 -> robot.controller.deactivate("test");
      case 4 -> robot.measuring = kind == ActionKind.ABSOLUTE || !robot.measuring; // a position begins where it was measured
      case 5 -> robot.working = !robot.working;
      case 6 -> robot.clock.jump((random.nextInt(7) - 3) * 150 * TestRobot.MS);
      case 7 -> robot.controller.retune(config.shadow(random.nextInt(3) == 0).build());
      case 8, 9 -> {
        robot.measuring = true;
        robot.working = true;
        robot.controller.reset("test");
      }
      case 10, 11, 12, 13, 14, 15, 16, 17 -> robot.controller.activate("test");
      default -> {
      }
    }
  }
}
