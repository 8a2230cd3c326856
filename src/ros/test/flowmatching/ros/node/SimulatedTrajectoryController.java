package flowmatching.ros.node;

import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;

/**
 * What joint_trajectory_controller of Humble and Jazzy does with messages on its topic, by its documentation and source: a message
 * replaces the one before; it is refused where it is over, its times do not rise or its end is not at rest; a stamp of 0 means
 * "now". Before the first point it goes there from its state, between two points by a cubic, after the last it stays. The joints
 * follow perfectly.
 */
final class SimulatedTrajectoryController {
  final double[] positions;
  final double[] velocities;
  int refused;
  private JointTrajectory current;
  private long start;
  private boolean sampled;
  private long startedFrom;
  private double[] positionsBefore;
  private double[] velocitiesBefore;

  SimulatedTrajectoryController(double... positions) {
    this.positions = positions.clone();
    velocities = new double[positions.length];
  }

  /** A message has come. */
  void receive(JointTrajectory message, long now) {
    if (valid(message, now)) {
      current = message;
      sampled = false;
    } else {
      refused++;
    }
  }

  private boolean valid(JointTrajectory message, long now) {
    int joints = positions.length;
    int last = message.points().size() - 1;
    if (message.jointNames().size() != joints || last < 0) {
      return false;
    }
    long stamp = message.header().stamp().toNanoseconds();
    if (stamp != 0 && stamp + time(message, last) < now) {
      return false;
    }
    for (double velocity : message.points().get(last).velocities()) {
      if (Math.abs(velocity) > Math.ulp(1f)) {
        return false;
      }
    }
    for (int k = 0; k <= last; k++) {
      JointTrajectoryPoint point = message.points().get(k);
      boolean later = k == 0 || time(message, k) > time(message, k - 1);
      if (!later || point.positions().length != joints || point.velocities().length != joints || point.effort().length != 0) {
        return false;
      }
    }
    return true;
  }

  private static long time(JointTrajectory message, int point) {
    return message.points().get(point).timeFromStart().toNanoseconds();
  }

  /** One turn of the controller's loop. */
  void update(long now) {
    if (current == null) {
      return;
    }
    if (!sampled) {
      sampled = true;
      long stamp = current.header().stamp().toNanoseconds();
      start = stamp == 0 ? now : stamp;
      startedFrom = now;
      positionsBefore = positions.clone();
      velocitiesBefore = velocities.clone();
    }
    int next = 0;
    while (next < current.points().size() && start + time(current, next) <= now) {
      next++;
    }
    if (next == current.points().size()) {
      JointTrajectoryPoint last = current.points().get(next - 1);
      System.arraycopy(last.positions(), 0, positions, 0, positions.length);
      System.arraycopy(last.velocities(), 0, velocities, 0, positions.length);
      return;
    }
    JointTrajectoryPoint to = current.points().get(next);
    long from = next == 0 ? startedFrom : start + time(current, next - 1);
    double[] x0 = next == 0 ? positionsBefore : current.points().get(next - 1).positions();
    double[] v0 = next == 0 ? velocitiesBefore : current.points().get(next - 1).velocities();
    double length = (start + time(current, next) - from) * 1e-9;
    double t = (now - from) * 1e-9;
    for (int i = 0; i < positions.length; i++) {
      double way = to.positions()[i] - x0[i];
      double c2 = (3 * way - (2 * v0[i] + to.velocities()[i]) * length) / (length * length);
      double c3 = (-2 * way + (v0[i] + to.velocities()[i]) * length) / (length * length * length);
      positions[i] = x0[i] + t * (v0[i] + t * (c2 + t * c3));
      velocities[i] = v0[i] + t * (2 * c2 + t * 3 * c3);
    }
  }
}
