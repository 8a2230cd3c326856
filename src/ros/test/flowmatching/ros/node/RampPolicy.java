package flowmatching.ros.node;

import flowmatching.model.PolicyFeature;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/** A policy whose action k is the state plus k times a step, at 10 actions a second. It remembers what it saw. */
public final class RampPolicy implements ChunkPolicy {
  static final String CAMERA = "observation.images.front";
  static final int CHUNK = 20;
  static final double RATE = 10;

  private final PolicySpec spec;
  private final float step;
  private final List<Observation> observations = Collections.synchronizedList(new ArrayList<>());
  private volatile int closed;

  RampPolicy(float step) {
    this(step, 2, List.of(camera(CAMERA)));
  }

  public RampPolicy(float step, int joints, List<PolicyFeature> cameras) {
    this.step = step;
    spec = new PolicySpec(cameras, 0, joints, joints, CHUNK, OptionalDouble.of(RATE));
  }

  /** A camera of 6 rows and 8 columns. */
  public static PolicyFeature camera(String key) {
    return new PolicyFeature(key, PolicyFeature.Type.VISUAL, List.of(3, 6, 8));
  }

  List<Observation> observations() {
    return List.copyOf(observations);
  }

  int closed() {
    return closed;
  }

  @Override
  public PolicySpec spec() {
    return spec;
  }

  @Override
  public void reset() {}

  @Override
  public ActionChunk predict(Observation observation, ActionPrefix prefix) {
    observations.add(observation);
    int joints = spec.actionSize();
    float[] values = new float[CHUNK * joints];
    for (int i = 0; i < values.length; i++) {
      values[i] = observation.state()[i % joints] + step * (i / joints);
    }
    return new ActionChunk(CHUNK, joints, values);
  }

  @Override
  public void close() {
    closed++;
  }
}
