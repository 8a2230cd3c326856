package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ActionKind;
import flowmatching.control.ControllerConfig;
import flowmatching.control.JointLimits;
import flowmatching.control.ObservationAssembler;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.parameter.Parameters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PolicyParametersTest {
  @Test
  void theDefaultsAreTheDefaultsOfTheController() {
    RobotDescription robot = SimulatedRobot.description();
    assertEquals(ControllerConfig.builder(robot.dimensions()).build(), PolicyParameters.controller(robot, Parameters.defaults()));
  }

  @Test
  void everyParameterOfTheControllerReachesIt() {
    RobotDescription plain = SimulatedRobot.description();
    Duration second = Duration.ofSeconds(1);
    ActionJoint joint = new ActionJoint("shoulder", ActionKind.ABSOLUTE, UnitConversion.NONE, new JointLimits(-1, 1, 2, 4));
    RobotDescription robot = new RobotDescription("bench",
        List.of(new CameraSource("a", "/a", Transport.RAW, Optional.empty(), Optional.of(second), Reliability.BEST_EFFORT)),
        new StateSource("/joint_states", List.of(), Optional.of(Duration.ofMillis(50))), List.of(joint), plain.command());
    ControllerConfig config = PolicyParameters.controller(robot, Parameters.with(Map.ofEntries(
        Map.entry("control_rate", 100), Map.entry("action_rate", 15), Map.entry("execution_horizon", 8), Map.entry("fade_ms", 30),
        Map.entry("approach_speed", 0.25), Map.entry("max_velocity_scaling_factor", 0.5),
        Map.entry("max_acceleration_scaling_factor", 0.25), Map.entry("max_age_ms", 200), Map.entry("policy_timeout_ms", 900),
        Map.entry("shadow", true), Map.entry("autostart", true), Map.entry("use_sim_time", true),
        Map.entry("rearm_after_clock_jump", true))));
    assertEquals(100, config.controlRate());
    assertEquals(OptionalDouble.of(15), config.actionRate());
    assertEquals(8, config.executionHorizon());
    assertEquals(Duration.ofMillis(30), config.fade());
    assertEquals(0.25, config.approachSpeed());
    assertEquals(new JointLimits(-1, 1, 1, 1), config.dimensions().get(0).limits());
    assertEquals(second, config.maxAge("a"));
    assertEquals(Duration.ofMillis(50), config.maxAge(ObservationAssembler.STATE));
    assertEquals(Duration.ofMillis(200), config.maxAge("b"));
    assertEquals(Duration.ofMillis(900), config.policyTimeout());
    assertTrue(config.shadow() && config.autostart() && config.useSimTime() && config.rearmAfterClockJump());
  }
}
