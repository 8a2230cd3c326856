package flowmatching.ros.check;

import flowmatching.ros.node.UnitConversion;
import java.util.Optional;

/**
 * A joint of the state as it stands now.
 *
 * @param name on the robot
 * @param units from the data set's to the robot's, as the robot file says
 * @param robot its position in the robot's unit; NaN where none came
 * @param statistics where it lies in the training data, where that is known
 */
public record JointValue(String name, UnitConversion units, double robot, Optional<JointStatistics> statistics) {
  /** The position in the data set's unit. */
  public double dataSet() {
    return units.toDataSet(robot);
  }

  /** How many standard deviations it lies from the training data's mean; NaN where that is not known. */
  public double z() {
    return statistics.map(known -> known.z(dataSet())).orElse(Double.NaN);
  }

  /** Whether it lies outside of the training data; false where that is not known. */
  public boolean outside() {
    return statistics.map(known -> known.outside(dataSet())).orElse(false);
  }
}
