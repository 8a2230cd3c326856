package flowmatching.control;

import flowmatching.BadInputException;
import java.util.Arrays;

/**
 * Works out what the loop will command if nothing new arrives, and how the robot comes to rest after it, as a
 * {@link CommandTrajectory}. It plays copies of the queue and the guard; the originals and their counters stay as they are.
 *
 * <p>Commands are the corners of the motion, not points on it. With p(k) the command of tick k and ticks h apart, a joint passes,
 * one period after tick k,
 *
 * <pre>x((k+1) h) = (p(k-1) + p(k)) / 2   at the velocity   v((k+1) h) = (p(k) - p(k-1)) / h</pre>
 *
 * <p>which is the uniform quadratic B-spline of the commands: its velocity and acceleration are the differences that the guard
 * limits, between points too, and it stays among the commands. A spline through the commands themselves would exceed the
 * acceleration limit up to three times. Where a joint is at a tick depends on earlier commands alone, so the trajectory of a tick
 * begins where the one before has led by then, as fast, whatever has arrived: a chunk, a hold, a stop. The price is half a period.
 *
 * <p>Grippers have no velocity: they go from command to command within a period.
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

  /** The first point, those within reach, one for each joint that brakes after them, and one that waits. */
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
   * Tells the guard how the robot went on where the next command does not come when the trajectory has its next point: after
   * missed ticks it is further than the last command, and limits that count from there would throw it back.
   *
   * @param elapsed nanoseconds since the trajectory's stamp
   */
  void resume(long elapsed, long interval, ControllerConfig config) {
    long uneven = Math.max(Math.abs(elapsed - spacing), Math.abs(interval - spacing));
    if (uneven > spacing / 1000) { // two clocks that are read one after the other differ by less
      guard.follow(trajectory, elapsed, interval * 1e-9, config);
    }
  }

  /** Takes note of where the robot is; the guard is to judge the next command after this. */
  void begin() {
    laterGuard.become(guard);
  }

  /** Looks ahead from the command that the guard has just passed, then to rest. */
  void play(long stamp, long interval, ControllerConfig config) {
    start(interval);
    laterQueue.become(queue);
    laterGuard.become(guard);
    add(interval, interval);
    long periods = periods(interval);
    for (long k = 1; k < periods; k++) {
      boolean there = laterQueue.sample(stamp + k * interval, interval, config, command);
      if (!there || laterGuard.check(command, config, null, interval * 1e-9) == Verdict.REJECTED) {
        break; // here the loop begins to hold
      }
      add((k + 1) * interval, interval);
    }
    rest(interval, config);
  }

  /** Leads to rest from a robot that is being held. */
  void hold(long interval, ControllerConfig config) {
    start(interval);
    rest(interval, config);
  }

  private void start(long interval) {
    spacing = interval;
    if (capacity(interval) > trajectory.capacity()) {
      trajectory = new CommandTrajectory(capacity(interval), command.length);
    }
    trajectory.clear();
    if (laterGuard.isAnchored()) {
      add(0, interval);
      return;
    }
    trajectory.add(0); // the first command counts from where the robot is measured, standing
    for (int i = 0; i < command.length; i++) {
      trajectory.set(i, guard.position(i) - guard.velocity(i) * interval * 1e-9, 0);
    }
  }

  /** Adds the point to which the last command of {@code laterGuard} leads. */
  private void add(long time, long interval) {
    trajectory.add(time);
    for (int i = 0; i < command.length; i++) {
      double velocity = laterGuard.velocity(i);
      trajectory.set(i, laterGuard.position(i) - velocity * interval * 1e-9 / 2, velocity);
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
      brakes[i] = brakingTime(trajectory.position(from, i), trajectory.velocity(from, i), limits(config, i), interval);
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

  /** For how long a joint brakes, seconds. */
  private static double brakingTime(double position, double velocity, JointLimits limits, long interval) {
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
