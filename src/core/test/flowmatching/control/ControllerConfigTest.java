package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ControllerConfigTest {
  private static void assertRefused(ControllerConfig.Builder builder, String words) {
    String message = assertThrows(BadInputException.class, builder::build).getMessage();
    assertTrue(message.contains(words), message);
  }

  @Test
  void valuesOutOfRangeAreRefusedByName() {
    assertRefused(ControllerConfig.builder(List.of()), "at least one action dimension");
    ActionDimension joint = TestRobot.joint(ActionKind.ABSOLUTE, JointLimits.NONE);
    assertRefused(ControllerConfig.builder(List.of(joint, joint)), "two action dimensions are called elbow");
    assertRefused(TestRobot.config().controlRate(0), "control_rate");
    assertRefused(TestRobot.config().controlRate(Double.NaN), "control_rate");
    assertRefused(TestRobot.config().actionRate(Double.POSITIVE_INFINITY), "action_rate");
    assertRefused(TestRobot.config().executionHorizon(-1), "execution_horizon");
    assertRefused(TestRobot.config().fade(Duration.ofMillis(-1)), "fade");
    assertRefused(TestRobot.config().approachSpeed(1.5), "approach_speed");
    assertRefused(TestRobot.config().defaultMaxAge(Duration.ZERO), "max_age");
    assertRefused(TestRobot.config().maxAges(Map.of("observation.state", Duration.ZERO)), "max_age of observation.state");
    assertRefused(TestRobot.config().policyTimeout(Duration.ZERO), "policy_timeout");
  }

  @Test
  void limitsMustBeARangeAndPositive() {
    assertThrows(BadInputException.class, () -> new JointLimits(1, -1, 1, 1));
    assertThrows(BadInputException.class, () -> new JointLimits(Double.NaN, 1, 1, 1));
    assertThrows(BadInputException.class, () -> new JointLimits(-1, 1, 0, 1));
    assertThrows(BadInputException.class, () -> new JointLimits(-1, 1, 1, Double.NaN));
    assertThrows(BadInputException.class, () -> new Gripper(0.6, 0.4, 0, 1));
    assertThrows(BadInputException.class, () -> new Gripper(Double.NaN, 0.4, 0, 1));
    assertThrows(BadInputException.class, () -> new ActionDimension(" ", ActionKind.DELTA, 0, JointLimits.NONE));
    assertThrows(BadInputException.class, () -> new ActionDimension("x", ActionKind.DELTA, -2, JointLimits.NONE));
  }

  @Test
  void eachStreamHasItsMaxAgeOrTheDefault() {
    ControllerConfig config = TestRobot.config().maxAges(Map.of("observation.state", Duration.ofMillis(50))).build();
    assertEquals(Duration.ofMillis(50), config.maxAge("observation.state"));
    assertEquals(Duration.ofMillis(500), config.maxAge("observation.images.front"));
  }

  @Test
  void theSystemClockFollowsTheWallClock() {
    ControlClock clock = ControlClock.system();
    assertEquals(System.currentTimeMillis(), clock.now() / 1_000_000, 1000);
  }
}
