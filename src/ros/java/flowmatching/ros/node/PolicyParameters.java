package flowmatching.ros.node;

import flowmatching.control.ActionDimension;
import flowmatching.control.ControllerConfig;
import flowmatching.control.JointLimits;
import flowmatching.control.ObservationAssembler;
import flowmatching.ros.parameter.Parameters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the parameters mean to the controller, which knows no parameters. */
final class PolicyParameters {
  private PolicyParameters() {}

  /**
   * How the controller behaves.
   *
   * @throws flowmatching.BadInputException where values do not fit together
   */
  static ControllerConfig controller(RobotDescription robot, Parameters parameters) {
    ControllerConfig.Builder config = ControllerConfig.builder(dimensions(robot, parameters))
        .controlRate(parameters.number("control_rate"))
        .executionHorizon((int) parameters.integer("execution_horizon"))
        .fade(milliseconds(parameters, "fade_ms"))
        .approachSpeed(parameters.number("approach_speed"))
        .defaultMaxAge(milliseconds(parameters, "max_age_ms"))
        .maxAges(maxAges(robot))
        .policyTimeout(milliseconds(parameters, "policy_timeout_ms"))
        .shadow(parameters.bool("shadow"))
        .autostart(parameters.bool("autostart"))
        .useSimTime(parameters.bool("use_sim_time"))
        .rearmAfterClockJump(parameters.bool("rearm_after_clock_jump"));
    if (parameters.number("action_rate") > 0) {
      config.actionRate(parameters.number("action_rate"));
    }
    return config.build();
  }

  private static List<ActionDimension> dimensions(RobotDescription robot, Parameters parameters) {
    double velocity = parameters.number("max_velocity_scaling_factor");
    double acceleration = parameters.number("max_acceleration_scaling_factor");
    return robot.dimensions().stream()
        .map(dimension -> {
          JointLimits limits = dimension.limits();
          return dimension.withLimits(new JointLimits(limits.minPosition(), limits.maxPosition(),
              limits.maxVelocity() * velocity, limits.maxAcceleration() * acceleration));
        })
        .toList();
  }

  private static Map<String, Duration> maxAges(RobotDescription robot) {
    Map<String, Duration> ages = new HashMap<>();
    robot.cameras().forEach(camera -> camera.maxAge().ifPresent(age -> ages.put(camera.key(), age)));
    robot.state().maxAge().ifPresent(age -> ages.put(ObservationAssembler.STATE, age));
    return ages;
  }

  private static Duration milliseconds(Parameters parameters, String name) {
    return Duration.ofNanos(Math.round(parameters.number(name) * 1e6));
  }
}
