package flowmatching.ros.node;

import flowmatching.control.ActionKind;
import flowmatching.control.Gripper;
import flowmatching.control.JointLimits;

/**
 * A joint that the policy commands.
 *
 * @param name as the command names it; where the state has a joint of that name, it measures this one
 * @param kind what the action means
 * @param units from the data set's to the robot's; offsets apply to positions only
 * @param limits what may be commanded, in the robot's units
 * @param gripper thresholds and commands of {@link ActionKind#GRIPPER}, both in the robot's units
 */
public record ActionJoint(String name, ActionKind kind, UnitConversion units, JointLimits limits, Gripper gripper) {
  /** A joint of any kind, with the default thresholds for a gripper. */
  public ActionJoint(String name, ActionKind kind, UnitConversion units, JointLimits limits) {
    this(name, kind, units, limits, Gripper.DEFAULT);
  }

  /** The conversion of this joint's actions. */
  public UnitConversion actionUnits() {
    return isMotion() ? units.ofChanges() : units;
  }

  /** Whether its limits hold only where its position is measured: the action is a motion, and positions are limited. */
  boolean movesWithinPositions() {
    return isMotion() && (limits.minPosition() > Double.NEGATIVE_INFINITY || limits.maxPosition() < Double.POSITIVE_INFINITY);
  }

  private boolean isMotion() {
    return kind == ActionKind.DELTA || kind == ActionKind.VELOCITY;
  }
}
