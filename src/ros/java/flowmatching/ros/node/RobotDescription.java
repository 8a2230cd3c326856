package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.ActionDimension;
import flowmatching.control.ActionKind;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicySpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a robot has and how it is spoken to. It holds data only, for a file or a program to fill.
 *
 * @param name for messages
 * @param cameras one for each picture that the policy sees
 * @param state where the joints' positions come from
 * @param actions the joints that the policy commands, in the data set's order
 * @param command where the commands go
 */
public record RobotDescription(
    String name, List<CameraSource> cameras, StateSource state, List<ActionJoint> actions, CommandTarget command) {

  /**
   * @throws BadInputException where two cameras have one key, two actions one name, positions are limited that nobody measures, or the command
   *     cannot carry the actions
   */
  public RobotDescription {
    cameras = List.copyOf(cameras);
    actions = List.copyOf(actions);
    Set<String> keys = new HashSet<>();
    for (CameraSource camera : cameras) {
      if (!keys.add(camera.key())) {
        throw new BadInputException("robot " + name + " has camera " + camera.key() + " twice");
      }
    }
    Set<String> names = new HashSet<>();
    for (ActionJoint joint : actions) {
      if (!names.add(joint.name())) {
        throw new BadInputException("robot " + name + " has action " + joint.name() + " twice");
      }
      if (joint.movesWithinPositions() && !state.names().contains(joint.name())) {
        throw new BadInputException("action " + joint.name() + ": min and max limit positions, but state measures no joint " + joint.name()
            + ", only " + state.names() + ": name both alike, or limit the motion by max_velocity");
      }
    }
    command.check(actions);
  }

  /** The actions as the controller takes them. */
  public List<ActionDimension> dimensions() {
    List<String> measured = state.names();
    return actions.stream()
        .map(joint -> new ActionDimension(
            joint.name(), joint.kind(), measured.indexOf(joint.name()), joint.limits(), joint.gripper()))
        .toList();
  }

  /** The actions' names, in order. */
  public List<String> actionNames() {
    return actions.stream().map(ActionJoint::name).toList();
  }

  /** The actions that no {@code max_velocity} limits; grippers have none. */
  public List<String> ofAnySpeed() {
    return actions.stream()
        .filter(joint -> joint.kind() != ActionKind.GRIPPER && Double.isInfinite(joint.limits().maxVelocity()))
        .map(ActionJoint::name).toList();
  }

  /** The positions that start unseen: state has no joint of their name, so that nothing slows the way to the first command. */
  public List<String> ofUnknownStart() {
    return actions.stream()
        .filter(joint -> joint.kind() == ActionKind.ABSOLUTE && !state.names().contains(joint.name()))
        .map(ActionJoint::name).toList();
  }

  /**
   * Compares the robot with a policy.
   *
   * @throws BadInputException where cameras, state or actions differ, naming both sides
   */
  public void check(PolicySpec policy) {
    if (policy.stateSize() != state.joints().size()) {
      throw differ("state", policy.stateSize() + " values", state.joints().size() + " joints " + state.names());
    }
    if (policy.actionSize() != actions.size()) {
      throw differ("action", policy.actionSize() + " values", actions.size() + " joints " + actionNames());
    }
    List<String> wanted = policy.cameras().stream().map(PolicyFeature::key).toList();
    List<String> there = cameras.stream().map(CameraSource::key).toList();
    long missing = wanted.stream().filter(key -> !there.contains(key)).count();
    if (!wanted.containsAll(there) || missing > policy.missingCameras()) {
      throw differ("cameras", wanted + " (of which " + policy.missingCameras() + " may be missing)", there.toString());
    }
  }

  private BadInputException differ(String what, String policy, String robot) {
    return new BadInputException(what + ": the policy has " + policy + ", robot " + name + " has " + robot);
  }
}
