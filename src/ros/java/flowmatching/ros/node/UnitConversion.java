package flowmatching.ros.node;

import flowmatching.BadInputException;

/**
 * How a joint's number in the data set and on the robot belong together: robot = sign * scale * dataSet + offset.
 *
 * @param scale robot units a data set unit, above 0; pi/180 where the data set has degrees and the robot radians
 * @param offset the robot's value where the data set's is 0, in robot units
 * @param sign 1, or -1 where the two count in opposite directions
 */
public record UnitConversion(double scale, double offset, int sign) {
  /** Both use the same numbers. */
  public static final UnitConversion NONE = new UnitConversion(1, 0, 1);

  /** The data set has degrees, the robot radians. */
  public static final UnitConversion DEGREES = new UnitConversion(Math.PI / 180, 0, 1);

  /** @throws BadInputException where a number is not finite, the scale not positive or the sign neither 1 nor -1 */
  public UnitConversion {
    if (!(scale > 0) || !Double.isFinite(scale) || !Double.isFinite(offset)) {
      throw new BadInputException("unit conversion needs a positive scale and a finite offset, found " + scale + ", " + offset);
    }
    if (sign != 1 && sign != -1) {
      throw new BadInputException("unit conversion needs a sign of 1 or -1, found " + sign);
    }
  }

  /** A position of the data set in the robot's units. */
  public double toRobot(double dataSet) {
    return sign * scale * dataSet + offset;
  }

  /** A position of the robot in the data set's units. */
  public double toDataSet(double robot) {
    return sign * (robot - offset) / scale;
  }

  /** The same for differences and velocities, which have no offset. */
  public UnitConversion ofChanges() {
    return new UnitConversion(scale, 0, sign);
  }
}
