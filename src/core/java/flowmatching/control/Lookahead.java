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
 * limits, between points too, and it stays among the commands. A spline through the commands themselves would accelerate
 * at up to three times the limit. Where a joint is at a tick depends on earlier commands alone, so the trajectory of a tick
 * begins where the one before has led by then, as fast, whatever has arrived: a chunk, a hold, a stop. The price: a
 * command is approached during its period and met half a period later.
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
  private final long[] brakes;
  private final long[] stops;
  private final double[] positions;
  private final double[] velocities;
  private CommandTrajectory trajectory;
  /** Between the points of the trajectory, nanoseconds; 0 where they are uneven. */
  private long spacing;
  /** Since the trajectory's stamp, nanoseconds. */
  private long elapsed;
  private boolean underWay;

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
    positions = new double[size];
    velocities = new double[size];
    brakes = new long[size];
    stops = new long[size];
    trajectory = new CommandTrajectory(capacity(config.period()), size);
  }

  /** The first point, those within reach, one for each joint that brakes after them, and one that waits. */
  private int capacity(long period) {
    return (int) (1 + periods(period) + stops.length + 1);
  }

  private long periods(long period) {
    return (reach + period - 1) / period;
  }

  /** What was worked out last. */
  CommandTrajectory trajectory() {
    return trajectory;
  }

  /**
   * Finds where the robot is by now on the last trajectory. Where that is not the trajectory's next point the guard is told too:
   * after missed ticks the robot is further than its last command, and limits that count from there would throw it back. Also after
   * a moment: with h between ticks, d seconds beside the point at the velocity v would make the next cubic accelerate by 6 v d / h^2.
   *
   * @param now nanoseconds since the trajectory's stamp
   */
  void resume(long now, ControllerConfig config) {
    elapsed = now;
    underWay = true;
    for (int i = 0; i < command.length; i++) {
      positions[i] = trajectory.positionAt(elapsed, i);
      velocities[i] = trajectory.velocityAt(elapsed, i);
    }
    long period = config.period();
    long uneven = Math.max(Math.abs(elapsed - spacing), Math.abs(period - spacing));
    if (uneven > spacing / 1000) { // two clocks that are read one after the other differ by less
      guard.follow(positions, velocities, period * 1e-9, config);
    } else if (uneven > 0) {
      guard.countFrom(positions, velocities, period * 1e-9, config);
    }
  }

  /** The robot has no trajectory: the next one begins where the robot is measured. */
  void restart() {
    underWay = false;
  }

  /** Whether the robot stands, and its trajectory leads nowhere else. */
  boolean isAtRest() {
    return !underWay || trajectory.standsFrom(elapsed);
  }

  /** Looks ahead from the command that the guard has just passed, then to rest. */
  void play(long stamp, ControllerConfig config) {
    long period = begin(config);
    laterQueue.become(queue);
    laterGuard.become(guard);
    add(period, period);
    long periods = periods(period);
    for (long k = 1; k < periods; k++) {
      boolean there = laterQueue.sample(stamp + k * period, period, config, command);
      if (!there || laterGuard.check(command, config, null, period * 1e-9) == Verdict.REJECTED) {
        break; // here the loop begins to hold
      }
      add((k + 1) * period, period);
    }
    rest(config);
  }

  /** Leads to rest from a robot that is being held. */
  void hold(ControllerConfig config) {
    begin(config);
    rest(config);
    spacing = 0; // its points are where joints stand, so the guard is told at every tick
  }

  private long begin(ControllerConfig config) {
    spacing = config.period();
    if (capacity(spacing) > trajectory.capacity()) {
      trajectory = new CommandTrajectory(capacity(spacing), command.length);
    }
    elapsed = 0;
    trajectory.clear();
    trajectory.add(0);
    for (int i = 0; i < command.length; i++) {
      double measured = guard.position(i) - guard.velocity(i) * spacing * 1e-9; // what the first command counts from
      trajectory.set(i, underWay ? positions[i] : measured, underWay ? velocities[i] : 0);
    }
    underWay = true;
    return spacing;
  }

  /** Adds the point to which the last command of {@code laterGuard} leads. */
  private void add(long time, long period) {
    trajectory.add(time);
    for (int i = 0; i < command.length; i++) {
      double velocity = laterGuard.velocity(i);
      trajectory.set(i, laterGuard.position(i) - velocity * period * 1e-9 / 2, velocity);
    }
  }

  /**
   * Brakes each joint as hard as it may, with a point whenever one stands; then waits until the reach is over, because a
   * controller refuses what is over when it comes. A joint that needs less than a period takes all of it, as when it is held.
   */
  private void rest(ControllerConfig config) {
    int from = trajectory.size() - 1;
    long start = trajectory.time(from);
    for (int i = 0; i < stops.length; i++) {
      brakes[i] = brakingTime(trajectory.position(from, i), trajectory.velocity(from, i), limits(config, i), spacing);
      stops[i] = brakes[i];
    }
    Arrays.sort(stops);
    for (int k = 0; k < stops.length; k++) {
      if (stops[k] > (k == 0 ? 0 : stops[k - 1])) {
        trajectory.add(start + stops[k]);
        brake(from, stops[k], config);
      }
    }
    if (trajectory.time(trajectory.size() - 1) < reach) {
      trajectory.add(reach);
      brake(from, Long.MAX_VALUE, config);
    }
  }

  /** For how long a joint brakes, nanoseconds. */
  private static long brakingTime(double position, double velocity, JointLimits limits, long period) {
    if (velocity == 0) {
      return 0;
    }
    double speed = Math.abs(velocity);
    double seconds = Math.max(period * 1e-9, speed / limits.maxAcceleration());
    if (position >= limits.minPosition() && position <= limits.maxPosition()) {
      double room = velocity > 0 ? limits.maxPosition() - position : position - limits.minPosition();
      seconds = Math.min(seconds, 2 * room / speed); // less room only where limits were changed
    }
    return Math.round(seconds * 1e9);
  }

  /** Sets the last point to where braking has led {@code time} nanoseconds after point {@code from}. */
  private void brake(int from, long time, ControllerConfig config) {
    for (int i = 0; i < command.length; i++) {
      double position = trajectory.position(from, i);
      double velocity = trajectory.velocity(from, i);
      long braked = Math.min(time, brakes[i]);
      double left = brakes[i] == 0 ? 0 : 1 - (double) braked / brakes[i];
      double way = velocity * (1 + left) / 2 * braked * 1e-9;
      trajectory.set(i, CommandGuard.keptWithin(limits(config, i), position, position + way), velocity * left);
    }
  }

  private static JointLimits limits(ControllerConfig config, int index) {
    return config.dimensions().get(index).limits();
  }
}
