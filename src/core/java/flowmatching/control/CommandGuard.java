package flowmatching.control;

import java.util.Arrays;
import java.util.List;

/**
 * The last word on every command. Values must be finite; position, velocity and acceleration are kept within the joint's limits,
 * relative to the last command, and for the first command relative to the measured position. A joint that starts from rest
 * approaches the policy at a part of its velocity until it has met it once. A joint that lags behind the policy catches up no faster
 * than it can stop there, so it does not swing about it.
 *
 * <p>Where limits contradict each other, because they were changed or the robot was found outside them, nothing is thrown about:
 * a joint that is too fast brakes as its acceleration allows, and a joint outside its range is led back as fast as its velocity
 * allows. Only a joint that could not stop before the end of its range in any other way is stopped there at once.
 *
 * <p>Belongs to the loop; allocates nothing.
 */
public final class CommandGuard {
  /** No robot has a position or velocity beyond it, whatever its unit; such a value comes from something broken. */
  private static final double ABSURD = 1e9;
  /** Relative play that rounding may take up before a value counts as clamped. */
  private static final double PLAY = 1 + 1e-9;

  private final int size;
  private final double[] last;
  private final double[] velocity;
  private final double[] lastTarget;
  private final boolean[] known;
  private final boolean[] approaching;
  private final JointTravel travel;
  private final GuardTally tally;
  private boolean anchored;

  /** A guard that has not seen a command. Only names and kinds are taken from the dimensions; limits come with each command. */
  public CommandGuard(List<ActionDimension> dimensions, Counters counters) {
    size = dimensions.size();
    last = new double[size];
    velocity = new double[size];
    lastTarget = new double[size];
    known = new boolean[size];
    approaching = new boolean[size];
    travel = new JointTravel(size);
    tally = new GuardTally(dimensions, counters);
  }

  /**
   * Judges a command and brings it within limits.
   *
   * @param command what is wanted; what may be published, unless rejected
   * @param config dimensions with limits, and the approach speed
   * @param measured {@code observation.state}, or null where there is none; the same array again where nothing newer has come
   * @param seconds since the last command, or for which the command will stand, whichever is less
   */
  public Verdict check(double[] command, ControllerConfig config, float[] measured, double seconds) {
    tally.begin();
    if (!usable(command, config, measured, seconds)) {
      return tally.end(Verdict.REJECTED);
    }
    if (!anchored) {
      anchor(config, measured);
    }
    roll(config, measured, seconds);
    double standing = Math.max(seconds, config.period() * 1e-9); // for a velocity; where the rate was lowered that is the longer
    for (int i = 0; i < size; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      command[i] = switch (dimension.kind()) {
        case ABSOLUTE -> position(i, command[i], dimension.limits(), config.approachSpeed(), seconds);
        case DELTA -> travel.add(i, motion(i, command[i] / seconds, dimension, measured, seconds, seconds) * seconds);
        case VELOCITY -> motion(i, command[i], dimension, measured, seconds, standing);
        case GRIPPER -> last[i] = withinPosition(i, command[i], dimension.limits());
      };
    }
    return tally.end(tally.rule() == null ? Verdict.OK : Verdict.CLAMPED);
  }

  /** Adds how far velocities have led since the last command. */
  private void roll(ControllerConfig config, float[] measured, double seconds) {
    for (int i = 0; i < size; i++) {
      if (config.dimensions().get(i).kind() == ActionKind.VELOCITY) {
        travel.add(i, velocity[i] * seconds);
      }
    }
    travel.see(measured);
  }

  private boolean usable(double[] command, ControllerConfig config, float[] measured, double seconds) {
    if (command.length != size) {
      tally.broke(GuardRule.SHAPE, 0);
      return false;
    }
    if (!(seconds > 0)) {
      tally.broke(GuardRule.TIME, 0);
      return false;
    }
    for (int i = 0; i < size; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      if (!(Math.abs(command[i]) < ABSURD)) {
        tally.broke(GuardRule.FINITE, i);
        return false;
      }
      boolean needed = !anchored && dimension.kind() == ActionKind.ABSOLUTE && dimension.stateIndex() >= 0;
      if (needed && !(Math.abs(measured(dimension, measured)) < ABSURD)) {
        tally.broke(GuardRule.MEASURED, i);
        return false;
      }
    }
    return true;
  }

  private void anchor(ControllerConfig config, float[] measured) {
    anchored = true;
    for (int i = 0; i < size; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      if (dimension.kind() == ActionKind.ABSOLUTE) {
        double position = measured(dimension, measured);
        if (!Double.isNaN(position)) {
          known[i] = true;
          last[i] = position;
        } // else it is where it was sent last, if it ever was
        lastTarget[i] = Double.NaN;
        approaching[i] = true;
      }
    }
  }

  /** The command for a joint that is told where to be. */
  private double position(int i, double wanted, JointLimits limits, double approachSpeed, double seconds) {
    double target = withinPosition(i, wanted, limits);
    if (!known[i]) {
      known[i] = true;
      lastTarget[i] = target;
      return last[i] = target;
    }
    double distance = target - last[i];
    double allowed = meeting(i, target, distance, limits, approachSpeed, seconds);
    lastTarget[i] = target;
    allowed = limited(i, allowed, last[i], last[i], limits, seconds, seconds);
    double command = allowed == distance / seconds ? target : keptWithin(limits, last[i], last[i] + allowed * seconds);
    velocity[i] = (command - last[i]) / seconds;
    return last[i] = command;
  }

  /**
   * The velocity at which a joint goes where the policy is and can still stop there, in the policy's own motion: else its acceleration
   * limit would carry it past, and back, and past again. Never away from the policy, and slow where it has yet to meet it.
   */
  private double meeting(int i, double target, double distance, JointLimits limits, double approachSpeed, double seconds) {
    double wanted = Math.abs(distance) / seconds;
    double able = wanted;
    if (Double.isFinite(limits.maxAcceleration())) {
      double moving = Double.isNaN(lastTarget[i]) ? 0 : Math.signum(distance) * (target - lastTarget[i]) / seconds;
      able = Math.max(0, moving + VelocityLimit.stoppable(Math.abs(distance), limits.maxAcceleration(), seconds));
    }
    double slow = limits.maxVelocity() * approachSpeed;
    approaching[i] &= wanted > slow;
    if (approaching[i]) {
      tally.broke(GuardRule.APPROACH, i);
      return Math.copySign(Math.min(slow, able), distance);
    }
    if (able * PLAY < wanted) {
      tally.broke(GuardRule.ACCELERATION, i);
      return Math.copySign(able, distance);
    }
    return distance / seconds;
  }

  /** The velocity for a joint that is told how to move. */
  private double motion(int i, double wanted, ActionDimension dimension, float[] measured, double seconds, double standing) {
    double position = measured(dimension, measured);
    velocity[i] = limited(i, wanted, position + travel.down(i), position + travel.up(i), dimension.limits(), seconds, standing);
    return velocity[i];
  }

  /**
   * Brings a velocity within the limits of velocity, acceleration and position. The joint is between {@code lowest} and
   * {@code highest}; NaN where it is not known.
   */
  private double limited(
      int i, double wanted, double lowest, double highest, JointLimits limits, double seconds, double standing) {
    double acceleration = limits.maxAcceleration();
    double most = limits.maxVelocity();
    double allowed = wanted;
    if (Math.abs(allowed) > most * PLAY) {
      allowed = Math.copySign(most, allowed);
      tally.broke(GuardRule.VELOCITY, i);
    }
    double change = acceleration * seconds;
    if (Math.abs(allowed - velocity[i]) > change * PLAY) {
      allowed = velocity[i] + Math.copySign(change, allowed - velocity[i]);
      tally.broke(GuardRule.ACCELERATION, i);
    }
    if (!Double.isNaN(lowest)) {
      double below = VelocityLimit.before(limits.maxPosition() - highest, allowed, velocity[i], acceleration, standing);
      double within = -VelocityLimit.before(lowest - limits.minPosition(), -below, -velocity[i], acceleration, standing);
      if (Math.abs(within - allowed) > 1e-9 * Math.abs(allowed)) {
        allowed = within;
        tally.broke(GuardRule.POSITION, i);
      }
    }
    return allowed;
  }

  /** Takes away what rounding may have added; a joint that was found outside is on its way back. */
  static double keptWithin(JointLimits limits, double before, double after) {
    boolean inside = before >= limits.minPosition() && before <= limits.maxPosition();
    return inside ? Math.max(limits.minPosition(), Math.min(limits.maxPosition(), after)) : after;
  }

  private double withinPosition(int i, double wanted, JointLimits limits) {
    double within = Math.max(limits.minPosition(), Math.min(limits.maxPosition(), wanted));
    if (within != wanted) {
      tally.broke(GuardRule.POSITION, i);
    }
    return within;
  }

  /**
   * Brings the robot towards rest: positions stay once the joint has slowed down, velocities and deltas go to 0, both as fast as
   * the acceleration allows.
   *
   * @param command receives what to publish
   * @param measured {@code observation.state} or null
   * @param seconds as for {@link #check}, 0 or more
   * @return false where there is nothing to hold: no command was given since the start or {@link #restart}, and nothing moves
   */
  public boolean hold(double[] command, ControllerConfig config, float[] measured, double seconds) {
    return hold(command, config, measured, seconds, false);
  }

  /** As {@link #hold}, but at rest at once, whatever the acceleration limits say: for when there will be no other command. */
  boolean halt(double[] command, ControllerConfig config, float[] measured) {
    return hold(command, config, measured, 0, true);
  }

  private boolean hold(double[] command, ControllerConfig config, float[] measured, double seconds, boolean halt) {
    if (!anchored) {
      if (isAtRest()) {
        return false;
      }
      anchor(config, measured); // Something rolls on: stop it, and leave the arm where it is.
      anchored = false;
    }
    roll(config, measured, seconds);
    for (int i = 0; i < size; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      double acceleration = dimension.limits().maxAcceleration();
      boolean atOnce = halt || Double.isInfinite(acceleration);
      double slower = atOnce ? 0 : Math.max(0, Math.abs(velocity[i]) - acceleration * seconds);
      velocity[i] = Math.copySign(slower, velocity[i]);
      approaching[i] |= slower == 0;
      command[i] = switch (dimension.kind()) {
        case ABSOLUTE -> last[i] = keptWithin(dimension.limits(), last[i], last[i] + velocity[i] * seconds);
        case DELTA -> travel.add(i, velocity[i] * seconds);
        case VELOCITY -> velocity[i];
        case GRIPPER -> last[i];
      };
    }
    return true;
  }

  /** Takes over all that another guard of the same dimensions knows. */
  void become(CommandGuard other) {
    System.arraycopy(other.last, 0, last, 0, size);
    System.arraycopy(other.velocity, 0, velocity, 0, size);
    System.arraycopy(other.lastTarget, 0, lastTarget, 0, size);
    System.arraycopy(other.known, 0, known, 0, size);
    System.arraycopy(other.approaching, 0, approaching, 0, size);
    travel.become(other.travel);
    anchored = other.anchored;
  }

  /**
   * Takes note of where the robot is on its way along a trajectory: the last command is the one that would have led it there, see
   * {@link Lookahead}.
   *
   * @param seconds for which the next command will stand
   */
  void follow(double[] positions, double[] velocities, double seconds, ControllerConfig config) {
    countFrom(positions, velocities, seconds, config);
    for (int i = 0; i < size; i++) {
      approaching[i] |= velocities[i] == 0;
    }
  }

  /** The same where the robot is but a moment before or after where the last command led: a joint that turns just then has met the policy. */
  void countFrom(double[] positions, double[] velocities, double seconds, ControllerConfig config) {
    for (int i = 0; i < size; i++) {
      double corner = positions[i] + velocities[i] * seconds / 2;
      last[i] = keptWithin(config.dimensions().get(i).limits(), positions[i], corner);
      velocity[i] = velocities[i];
    }
  }

  /** Whether there was a command since the start or {@link #restart}. */
  boolean isAnchored() {
    return anchored;
  }

  /** The last command of a joint that is told where to be. */
  double position(int index) {
    return last[index];
  }

  /** How fast the last command moved a joint, units a second; 0 for grippers. */
  double velocity(int index) {
    return velocity[index];
  }

  /** Whether the last command left every joint standing. */
  public boolean isAtRest() {
    for (int i = 0; i < size; i++) {
      if (velocity[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Forgets the last command, so that the next is the first. What was told to roll is remembered, so that it can be stopped. */
  public void restart(ControllerConfig config) {
    anchored = false;
    for (int i = 0; i < size; i++) {
      if (config.dimensions().get(i).kind() != ActionKind.VELOCITY) {
        velocity[i] = 0;
      }
    }
  }

  /** As {@link #restart}, for commands that the robot never saw: nothing rolls either. */
  void forget() {
    anchored = false;
    Arrays.fill(velocity, 0);
    Arrays.fill(known, false);
    travel.forget();
  }

  /** The last rule that the last command broke, or null. */
  public GuardRule rule() {
    return tally.rule();
  }

  /** The last rule that the last command broke, with the joint, as a sentence; empty where it broke none. */
  public String reason() {
    return tally.reason();
  }

  private static double measured(ActionDimension dimension, float[] state) {
    int index = dimension.stateIndex();
    return index < 0 || state == null || index >= state.length ? Double.NaN : state[index];
  }
}
