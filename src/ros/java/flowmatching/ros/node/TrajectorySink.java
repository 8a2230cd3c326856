package flowmatching.ros.node;

import flowmatching.control.CommandSink;
import flowmatching.control.CommandTrajectory;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.message.Duration;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.Time;
import java.util.List;

/**
 * Sends each command as a trajectory for joint_trajectory_controller, which forgets the one before.
 *
 * <p>The stamp is the command's instant. When the message arrives its first point has just passed, so the controller is on the
 * trajectory at once, where the robot already is, however long the message took; a stamp of 0 would have it start over whenever
 * the message comes, and each delay would show in the motion.
 *
 * @param names of the joints, in order
 * @param lookahead how far each trajectory reaches
 */
record TrajectorySink(List<String> names, java.time.Duration lookahead, Publisher<JointTrajectory> publisher) implements CommandSink {
  private static final double[] NONE = {};

  @Override
  public void publish(double[] command, long stamp) {
    throw new UnsupportedOperationException("this sink takes trajectories");
  }

  @Override
  public void publish(CommandTrajectory trajectory, long stamp) {
    JointTrajectoryPoint[] points = new JointTrajectoryPoint[trajectory.size()];
    for (int k = 0; k < points.length; k++) {
      double[] positions = new double[names.size()];
      double[] velocities = new double[names.size()];
      for (int i = 0; i < positions.length; i++) {
        positions[i] = trajectory.position(k, i);
        velocities[i] = trajectory.velocity(k, i);
      }
      points[k] = new JointTrajectoryPoint(positions, velocities, NONE, NONE, Duration.ofNanoseconds(trajectory.time(k)));
    }
    publisher.publish(new JointTrajectory(new Header(Time.ofNanoseconds(stamp), ""), names, List.of(points)));
  }
}
