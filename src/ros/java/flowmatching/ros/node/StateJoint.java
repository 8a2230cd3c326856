package flowmatching.ros.node;

import flowmatching.BadInputException;

/**
 * A joint whose position is part of {@code observation.state}.
 *
 * @param name as in {@code sensor_msgs/msg/JointState}
 * @param units from the data set's to the robot's
 */
public record StateJoint(String name, UnitConversion units) {
  /** @throws BadInputException where the name is empty */
  public StateJoint {
    if (name.isBlank()) {
      throw new BadInputException("every joint of the state needs a name");
    }
  }
}
