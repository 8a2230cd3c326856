package flowmatching.ros.node;

import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A policy in the robot's terms, around one in the data set's: states and actions change units, pictures are decoded, cropped and
 * resized as the data set's recorder did, and only when a prediction needs them.
 */
final class RobotPolicy implements ChunkPolicy {
  private final ChunkPolicy policy;
  private final List<UnitConversion> state;
  private final List<UnitConversion> action;
  private final Map<String, CameraInput> cameras;

  /** @param cameras by key; an observation's pictures only say which of them have a fresh frame */
  RobotPolicy(ChunkPolicy policy, RobotDescription robot, Map<String, CameraInput> cameras) {
    this.policy = policy;
    this.state = robot.state().joints().stream().map(StateJoint::units).toList();
    this.action = robot.actions().stream().map(ActionJoint::actionUnits).toList();
    this.cameras = Map.copyOf(cameras);
  }

  @Override
  public PolicySpec spec() {
    return policy.spec();
  }

  @Override
  public void reset() {
    policy.reset();
  }

  @Override
  public ActionChunk predict(Observation observation, ActionPrefix prefix) {
    Map<String, RgbImage> images = new HashMap<>();
    for (PolicyFeature camera : policy.spec().cameras()) {
      if (observation.images().containsKey(camera.key())) {
        images.put(camera.key(), cameras.get(camera.key()).picture(camera));
      }
    }
    float[] values = observation.state().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) state.get(i).toDataSet(values[i]);
    }
    return toRobot(policy.predict(new Observation(images, values), toDataSet(prefix)));
  }

  private ActionChunk toRobot(ActionChunk chunk) {
    float[] values = chunk.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) action.get(i % action.size()).toRobot(values[i]);
    }
    return new ActionChunk(chunk.steps(), chunk.dimension(), values);
  }

  private ActionPrefix toDataSet(ActionPrefix prefix) {
    if (prefix == null) {
      return null;
    }
    ActionChunk chunk = prefix.remaining();
    float[] values = chunk.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) action.get(i % action.size()).toDataSet(values[i]);
    }
    ActionChunk remaining = new ActionChunk(chunk.steps(), chunk.dimension(), values);
    return new ActionPrefix(remaining, prefix.inferenceDelay(), prefix.executionHorizon());
  }

  @Override
  public void close() {
    policy.close();
  }
}
