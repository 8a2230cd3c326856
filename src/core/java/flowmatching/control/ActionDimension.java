package flowmatching.control;

import flowmatching.BadInputException;
import java.util.Objects;

/**
 * One value of an action, and of a command.
 *
 * @param name the joint's name, for counters and reasons
 * @param kind what the value means
 * @param stateIndex where {@code observation.state} has the measured position of the joint, or {@link #NOT_MEASURED}. A joint
 *     that is not measured has no approach ramp at first: its first command is sent as it is, within the position limits. Later
 *     ones, also of another episode, start from the last.
 * @param limits what the guard enforces
 * @param gripper thresholds and commands of {@link ActionKind#GRIPPER}; other kinds ignore it
 */
public record ActionDimension(String name, ActionKind kind, int stateIndex, JointLimits limits, Gripper gripper) {
  /** The state does not have the joint's position. */
  public static final int NOT_MEASURED = -1;

  /** @throws BadInputException where the name is empty or the index below -1 */
  public ActionDimension {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(gripper, "gripper");
    if (name.isBlank()) {
      throw new BadInputException("every action needs a name");
    }
    if (stateIndex < NOT_MEASURED) {
      throw new BadInputException("joint " + name + ": there is no state with index " + stateIndex);
    }
  }

  /** A joint with the default gripper thresholds. */
  public ActionDimension(String name, ActionKind kind, int stateIndex, JointLimits limits) {
    this(name, kind, stateIndex, limits, Gripper.DEFAULT);
  }

  /** The same joint with other limits. */
  public ActionDimension withLimits(JointLimits other) {
    return new ActionDimension(name, kind, stateIndex, other, gripper);
  }
}
