package flowmatching.control;

import flowmatching.BadInputException;

/**
 * What a joint may be commanded to do. An infinite limit is no limit.
 *
 * <p>For {@link ActionKind#DELTA} and {@link ActionKind#VELOCITY} the position limits apply to the measured position plus the
 * motion commanded since; for {@link ActionKind#GRIPPER} only the position limits apply, to the command.
 *
 * @param minPosition in the robot's unit
 * @param maxPosition in the robot's unit, not below {@code minPosition}
 * @param maxVelocity units a second, above 0
 * @param maxAcceleration units a second squared, above 0
 */
public record JointLimits(double minPosition, double maxPosition, double maxVelocity, double maxAcceleration) {
  /** No limits at all. */
  public static final JointLimits NONE =
      new JointLimits(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

  /** @throws BadInputException where the range is empty, a maximum is not positive or a value is NaN */
  public JointLimits {
    if (!(minPosition <= maxPosition)) {
      throw new BadInputException("position limits must be a range, found " + minPosition + " to " + maxPosition);
    }
    if (!(maxVelocity > 0)) {
      throw new BadInputException("max_velocity must be positive, found " + maxVelocity);
    }
    if (!(maxAcceleration > 0)) {
      throw new BadInputException("max_acceleration must be positive, found " + maxAcceleration);
    }
  }
}
