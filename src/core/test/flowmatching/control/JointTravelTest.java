package flowmatching.control;

import static flowmatching.control.FakePolicy.constant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Positions that are limited for joints that are told how to move, where their state comes seldom. */
class JointTravelTest {
  private static final long MS = TestRobot.MS;

  private static ControllerConfig.Builder config(ActionKind kind, double acceleration) {
    return ControllerConfig.builder(List.of(TestRobot.joint(kind, new JointLimits(-1, 1, 2, acceleration)))).fade(Duration.ZERO);
  }

  private static FakePolicy policy(ActionKind kind, float velocity) {
    return FakePolicy.always(constant(50, kind == ActionKind.VELOCITY ? velocity : velocity / 10));
  }

  @ParameterizedTest
  @CsvSource({"VELOCITY, 20, 1", "VELOCITY, Infinity, 1", "DELTA, 20, 1", "DELTA, Infinity, 1", "VELOCITY, 20, -1", "DELTA, 20, -1"})
  void aJointStaysWithinItsPositionsThoughItIsMeasuredSeldom(ActionKind kind, double acceleration, float velocity) {
    TestRobot robot = TestRobot.active(config(kind, acceleration).build(), policy(kind, velocity));
    double position = 0;
    for (int tick = 0; tick < 200; tick++) {
      robot.measuring = tick % 20 == 0; // twice a second
      robot.measured[0] = (float) position;
      int before = robot.sink.size();
      robot.tick();
      if (robot.sink.size() > before) {
        position += kind == ActionKind.VELOCITY ? robot.sink.last() * 0.02 : robot.sink.last();
      }
      assertTrue(Math.abs(position) <= 1 + 1e-6, "at " + position);
    }
    assertEquals(velocity, position, 1e-2, "it goes as far as it may");
  }

  @Test
  void aBlockedJointIsNotTakenToHaveMadeRoom() {
    ControllerConfig config = config(ActionKind.VELOCITY, Double.POSITIVE_INFINITY).build();
    CommandGuard guard = new CommandGuard(config.dimensions(), new Counters());
    float[] measured = {0.99f};
    double[] command = {-1};
    for (int tick = 0; tick < 10; tick++) {
      command[0] = -1;
      guard.check(command, config, measured, 0.02);
    }
    command[0] = 2;
    guard.check(command, config, measured, 0.02);
    assertEquals(0.5, command[0], 1e-5, "no further than from where it was measured");
  }

  @Test
  void aVelocityThatStandsLongerFromNowOnEndsWithinThePositions() {
    ControllerConfig.Builder config = config(ActionKind.VELOCITY, Double.POSITIVE_INFINITY).controlRate(100);
    TestRobot robot = TestRobot.active(config.build(), policy(ActionKind.VELOCITY, 1));
    double position = 0;
    for (int millisecond = 0; millisecond < 2000; millisecond++) {
      if (millisecond == 900) {
        robot.controller.retune(config.controlRate(5).build());
      }
      robot.measured[0] = (float) position;
      robot.controller.offerState(robot.measured, robot.clock.now());
      robot.controller.step();
      robot.work();
      robot.clock.advance(MS);
      position += robot.sink.size() == 0 ? 0 : robot.sink.last() * 1e-3;
      assertTrue(position <= 1 + 1e-6, "at " + position);
    }
    assertEquals(1, position, 1e-3);
  }
}
