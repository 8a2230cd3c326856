package flowmatching.policy;

import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What goes into a policy and comes out of it.
 *
 * @param cameras keys and recorded sizes, in slot order; empty where the policy sees none
 * @param missingCameras how many of them may be absent from an observation
 * @param stateSize values in the state, 0 where the policy sees none
 * @param actionSize values in an action
 * @param chunkLength actions a chunk
 * @param actionRate actions a second, where the checkpoint says so
 */
public record PolicySpec(
    List<PolicyFeature> cameras, int missingCameras, int stateSize, int actionSize, int chunkLength, OptionalDouble actionRate) {
  public PolicySpec {
    cameras = List.copyOf(cameras);
  }

  /** Of a configuration. */
  public static PolicySpec of(FlowMatchingConfig config) {
    return new PolicySpec(config.cameras(), config.emptyCameras(), config.stateDim(), config.actionDim(), config.chunkLength(), config.fps());
  }
}
