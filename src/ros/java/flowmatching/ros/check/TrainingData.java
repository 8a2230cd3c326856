package flowmatching.ros.check;

import flowmatching.model.PolicyFeature;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a policy was trained with, to compare a robot with.
 *
 * @param source where that was read, for messages
 * @param cameras with the sizes that were recorded
 * @param stateNames names of the state's values, in order; empty where they are not known
 * @param actionNames names of the action's values, in order; empty where they are not known
 * @param state statistics of the state, in order; empty where they are not known
 * @param frameRate frames a second, where it is known
 */
public record TrainingData(
    String source, List<PolicyFeature> cameras, List<String> stateNames, List<String> actionNames, List<JointStatistics> state,
    OptionalDouble frameRate) {
  public TrainingData {
    cameras = List.copyOf(cameras);
    stateNames = List.copyOf(stateNames);
    actionNames = List.copyOf(actionNames);
    state = List.copyOf(state);
  }
}
