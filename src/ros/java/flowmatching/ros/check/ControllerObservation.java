package flowmatching.ros.check;

import java.util.List;

/**
 * What a node that takes commands says of itself in its parameters, as ros2_control's controllers do.
 *
 * @param joints that it commands, in its order
 * @param commandTimeout {@code cmd_timeout}, seconds after a trajectory's end, 0 for none; NaN where it has no such parameter
 * @param goalTime {@code constraints.goal_time}, seconds; NaN where it has no such parameter
 * @param fromDesiredState whether a trajectory goes on where the one before has led ({@code interpolate_from_desired_state}, or
 *     {@code open_loop_control} in Humble), not where the joints are measured
 * @param interpolation {@code interpolation_method}; empty where it has no such parameter
 */
public record ControllerObservation(List<String> joints, double commandTimeout, double goalTime, boolean fromDesiredState, String interpolation) {
  public ControllerObservation {
    joints = List.copyOf(joints);
  }

  /** Whether it plays trajectories as joint_trajectory_controller does. */
  boolean playsTrajectories() {
    return !Double.isNaN(commandTimeout);
  }
}
