package flowmatching.ros.message;

/**
 * {@code trajectory_msgs/msg/JointTrajectoryPoint}. Each array is as long as the trajectory has joints, or empty.
 *
 * @param positions rad or m
 * @param velocities rad/s or m/s
 * @param accelerations rad/s^2 or m/s^2
 * @param effort Nm or N
 * @param timeFromStart when to be there, counted from the trajectory's stamp
 */
public record JointTrajectoryPoint(
    double[] positions, double[] velocities, double[] accelerations, double[] effort, Duration timeFromStart) {}
