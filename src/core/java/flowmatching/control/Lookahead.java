package flowmatching.control;

import flowmatching.BadInputException;
import java.util.Arrays;

/**
 * Works out what the loop will command if nothing new arrives, and how the robot comes to rest after it, as a
 * {@link CommandTrajectory}. It plays copies of the queue and the guard; the originals and their counters stay as they are.
 *
 * <p>Commands are the corners of the motion, not points on it. With commands p(k), h apart, joint i passes
 *
 * <pre>x(k h) = (p(k-1) + p(k)) / 2   at the velocity   v(k h) = (p(k) - p(k-1)) / h</pre>
 *
 * <p>which is the uniform quadratic B-spline of the commands: its velocity and acceleration are the differences that the guard
 * limits, between points too, and it stays among the commands. A spline through the commands themselves would exceed the
 * acceleration limit up to three times. Where the motion is at an instant depends on commands that are published by then and on
 * none to come, so trajectories follow each other without a step, whatever arrives. The price is half a period, which is also the
 * mean age of a command that is held until the next.
 *
 * <p>Grippers are told where to be, so they jump with their command and have no velocity.
 *
 * <p>Belongs to the loop; allocates nothing while the control rate stays.
 */
final class Lookahead {
  private final ActionQueue queue;
  private final CommandGuard guard;
  private final long reach;
  private final ActionQueue laterQueue;
  private final CommandGuard laterGuard;
  private final double[] command;
  private final double[] brakes;
  private final long[] stops;
  private CommandTrajectory trajectory;
  private long spacing;

  /**
   * @param reach how far ahead commands are worked out, nanoseconds
   * @throws BadInputException where a dimension is not a position
   */
  Lookahead(ActionQueue queue, CommandGuard guard, ControllerConfig config, long reach) {
    for (ActionDimension dimension : config.dimensions()) {
      if (dimension.kind() != ActionKind.ABSOLUTE && dimension.kind() != ActionKind.GRIPPER) {
        throw new BadInputException(
            "a trajectory consists of positions, but joint " + dimension.name() + " is commanded by " + dimension.kind());
      }
    }
    this.queue = queue;
    this.guard = guard;
    this.reach = reach;
    int size = config.dimensions().size();
    laterQueue = new ActionQueue(size, new Counters());
    laterGuard = new CommandGuard(config.dimensions(), new Counters());
    command = new double[size];
    brakes = new double[size];
    stops = new long[size];
    trajectory = new CommandTrajectory(capacity(config.period()), size);
  }

  /** The first point, those of the reach, one for each joint that brakes after it, and one that waits. */
  private int capacity(long interval) {
    return (int) (1 + periods(interval) + stops.length + 1);
  }

  private long periods(long interval) {
    return (reach + interval - 1) / interval;
  }

  /** What was worked out last. */
  CommandTrajectory trajectory() {
    return trajectory;
  }

  /**
   * Looks ahead from the command that the guard has just passed, then to rest.
   *
   * @param seconds what the guard was told of this command
   */
  void play(long stamp, long interval, double seconds, float[] measured, ControllerConfig config) {
    begin(interval, seconds);
    laterQueue.become(queue);
    laterGuard.become(guard);
    long periods = periods(interval);
    for (long k = 1; k <= periods; k++) {
      boolean there = laterQueue.sample(stamp + k * interval, interval, config, command);
      if (!there || laterGuard.check(command, config, measured, interval * 1e-9) == Verdict.REJECTED) {
        break; // here the loop begins to hold
      }
      add(k * interval, laterGuard, interval * 1e-9);
    }
    rest(interval, config);
  }

  /** Leads to rest from a robot that is being held. */
  void hold(long interval, double seconds, ControllerConfig config) {
    begin(interval, seconds);
    rest(interval, config);
  }

  /**
   * Tells the guard how the robot went on where the next command does not come when the trajectory has its next point: after
   * missed ticks it is further than its last command, and a limit that counts from there would throw it back.
   *
   * @param elapsed nanoseconds since the trajectory's stamp
   */
  void resume(long elapsed, long interval, ControllerConfig config) {
    long span = Math.min(interval, elapsed);
    if (span > 0 && Math.max(elapsed - spacing, spacing - span) > spacing / 16) {
      guard.follow(trajectory, elapsed - span, span * 1e-9, config);
    }
  }

  private void begin(long interval, double seconds) {
    spacing = interval;
    if (capacity(interval) > trajectory.capacity()) {
      trajectory = new CommandTrajectory(capacity(interval), command.length);
    }
    trajectory.clear();
    add(0, guard, seconds);
  }

  private void add(long time, CommandGuard passed, double seconds) {
    trajectory.add(time);
    for (int i = 0; i < command.length; i++) {
      trajectory.set(i, passed.position(i) - passed.velocity(i) * seconds / 2, passed.velocity(i));
    }
  }

  /**
   * Brakes each joint as hard as it may, with a point whenever one stands; then waits until the reach is over, because a
   * controller refuses what is over when it comes. A joint that needs less than a period takes all of it, as when it is held.
   */
  private void rest(long interval, ControllerConfig config) {
    int from = trajectory.size() - 1;
    long start = trajectory.time(from);
    for (int i = 0; i < stops.length; i++) {
      brakes[i] = seconds(trajectory.position(from, i), trajectory.velocity(from, i), limits(config, i), interval);
      stops[i] = (long) Math.ceil(brakes[i] * 1e9);
    }
    Arrays.sort(stops);
    for (int k = 0; k < stops.length; k++) {
      if (stops[k] > (k == 0 ? 0 : stops[k - 1])) {
        trajectory.add(start + stops[k]);
        brake(from, stops[k] * 1e-9, config);
      }
    }
    if (trajectory.time(trajectory.size() - 1) < reach) {
      trajectory.add(reach);
      brake(from, Double.POSITIVE_INFINITY, config);
    }
  }

  /** For how long a joint brakes. */
  private static double seconds(double position, double velocity, JointLimits limits, long interval) {
    if (velocity == 0) {
      return 0;
    }
    double speed = Math.abs(velocity);
    double seconds = Math.max(interval * 1e-9, speed / limits.maxAcceleration());
    if (position >= limits.minPosition() && position <= limits.maxPosition()) {
      double room = velocity > 0 ? limits.maxPosition() - position : position - limits.minPosition();
      seconds = Math.min(seconds, 2 * room / speed); // less room only where limits were changed
    }
    return seconds;
  }

  /** Sets the last point to where braking has led after {@code elapsed} seconds. */
  private void brake(int from, double elapsed, ControllerConfig config) {
    for (int i = 0; i < command.length; i++) {
      double position = trajectory.position(from, i);
      double velocity = trajectory.velocity(from, i);
      double braked = Math.min(elapsed, brakes[i]);
      double left = velocity == 0 ? 0 : 1 - braked / brakes[i];
      double way = velocity * (1 + left) / 2 * braked;
      trajectory.set(i, CommandGuard.keptWithin(limits(config, i), position, position + way), velocity * left);
    }
  }

  private static JointLimits limits(ControllerConfig config, int index) {
    return config.dimensions().get(index).limits();
  }
}
