package flowmatching.app.gazebo;

import flowmatching.control.JointLimits;
import flowmatching.ros.message.Duration;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.List;

/**
 * A way through places at which the arm stands for a moment. Between two it moves with least jerk, x(s) = 10 s^3 - 15 s^4 + 6 s^5 of the
 * way at the share s of the time (Flash and Hogan 1985), as fast as four fifths of the limits allow.
 */
final class JointPath {
  /** The greatest slope and curvature of x(s). */
  private static final double SPEED = 1.875;
  private static final double ACCELERATION = 10 / Math.sqrt(3);

  private static final double SHARE_OF_LIMITS = 0.8;
  private static final double SHORTEST = 0.2;
  private static final double POINT_SECONDS = 0.05;
  private static final double[] NONE = {};

  private final List<JointLimits> limits;
  private final List<double[]> places = new ArrayList<>();
  /** When each place is reached, seconds. */
  private final List<Double> times = new ArrayList<>();

  /** Begins where the arm stands. */
  JointPath(List<JointLimits> limits, double[] start) {
    this.limits = limits;
    places.add(start.clone());
    times.add(0.0);
  }

  /** Then goes there. */
  JointPath to(double[] place) {
    double[] from = places.get(places.size() - 1);
    double seconds = SHORTEST;
    for (int i = 0; i < place.length; i++) {
      double way = Math.abs(place[i] - from[i]);
      seconds = Math.max(seconds, SPEED * way / (SHARE_OF_LIMITS * limits.get(i).maxVelocity()));
      seconds = Math.max(seconds, Math.sqrt(ACCELERATION * way / (SHARE_OF_LIMITS * limits.get(i).maxAcceleration())));
    }
    places.add(place.clone());
    times.add(seconds() + seconds);
    return this;
  }

  /** Then stays there. */
  JointPath rest(double seconds) {
    places.add(places.get(places.size() - 1));
    times.add(seconds() + seconds);
    return this;
  }

  /** How long it takes. */
  double seconds() {
    return times.get(times.size() - 1);
  }

  /** Index of the place it goes to at a time; the last one for good. */
  private int next(double time) {
    int next = 1;
    while (next < places.size() - 1 && times.get(next) <= time) {
      next++;
    }
    return next;
  }

  double[] positions(double time) {
    return point(next(time), time, false);
  }

  double[] velocities(double time) {
    return point(next(time), time, true);
  }

  private double[] point(int next, double time, boolean velocity) {
    double[] from = places.get(next - 1);
    double[] to = places.get(next);
    double length = times.get(next) - times.get(next - 1);
    double s = Math.max(0, Math.min((time - times.get(next - 1)) / length, 1));
    double share = velocity ? 30 * s * s * (1 - s) * (1 - s) / length : s * s * s * (10 - 15 * s + 6 * s * s);
    double[] point = new double[from.length];
    for (int i = 0; i < point.length; i++) {
      point[i] = (velocity ? 0 : from[i]) + share * (to[i] - from[i]);
    }
    return point;
  }

  /**
   * What to send at a time: from there to the next place, where the arm stands. Who sends no more leaves the arm at rest.
   *
   * @param stamp of that time on the controller's clock, nanoseconds
   */
  JointTrajectory trajectory(List<String> joints, double time, long stamp) {
    int next = next(time);
    double end = Math.max(times.get(next), time + POINT_SECONDS);
    int points = (int) Math.ceil((end - time) / POINT_SECONDS - 1e-9);
    List<JointTrajectoryPoint> list = new ArrayList<>();
    for (int i = 0; i <= points; i++) {
      double at = i == points ? end : time + i * POINT_SECONDS;
      list.add(new JointTrajectoryPoint(point(next, at, false), point(next, at, true), NONE, NONE, Duration.ofNanoseconds(Math.round(1e9 * (at - time)))));
    }
    return new JointTrajectory(new Header(Time.ofNanoseconds(stamp), ""), joints, list);
  }
}
