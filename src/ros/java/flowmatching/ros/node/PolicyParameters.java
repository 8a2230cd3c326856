package flowmatching.ros.node;

import flowmatching.control.ActionDimension;
import flowmatching.control.ControllerConfig;
import flowmatching.control.JointLimits;
import flowmatching.control.ObservationAssembler;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.parameter.Parameters;
import flowmatching.runtime.RuntimeOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the parameters mean to the parts of the product that know no parameters. */
public final class PolicyParameters {
  private PolicyParameters() {}

  /** How a policy is to be loaded. */
  public static PolicyOptions options(Parameters parameters) {
    PolicyOptions options = PolicyOptions.defaults()
        .withRuntime(parameters.text("runtime"))
        .withSolver(solver(parameters))
        .withMachine(machine(parameters));
    if (parameters.integer("num_steps") > 0) {
      options = options.withNumSteps((int) parameters.integer("num_steps"));
    }
    if (parameters.integer("seed") >= 0) {
      options = options.withSeed(parameters.integer("seed"));
    }
    if (parameters.text("normalization").equals("none")) {
      options = options.withoutNormalization();
    }
    if (!parameters.text("rtc").equals("none")) {
      Schedule schedule = Schedule.valueOf(parameters.text("rtc").toUpperCase(Locale.ROOT));
      options = options.withRealTimeChunking(schedule, parameters.number("max_guidance_weight"));
    }
    return options;
  }

  /** How the flow is integrated; may change while the policy runs. */
  public static Solver solver(Parameters parameters) {
    return Solver.parse(parameters.text("solver"));
  }

  private static RuntimeOptions machine(Parameters parameters) {
    int threads = (int) parameters.integer("threads");
    return new RuntimeOptions(
        threads == 0 ? RuntimeOptions.defaults().threads() : threads, parameters.bool("spinning"));
  }

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
