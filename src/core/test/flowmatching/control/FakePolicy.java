package flowmatching.control;

import flowmatching.model.PolicyFeature;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/** Answers as a test says, and remembers what it was asked. */
final class FakePolicy implements ChunkPolicy {
  static final String CAMERA = "observation.images.front";

  final List<Observation> observations = new ArrayList<>();
  final List<ActionPrefix> prefixes = new ArrayList<>();
  volatile Function<Observation, ActionChunk> answer;
  volatile int resets;
  volatile boolean closed;
  volatile Thread closedBy;
  private final PolicySpec spec;

  FakePolicy(PolicySpec spec, Function<Observation, ActionChunk> answer) {
    this.spec = spec;
    this.answer = answer;
  }

  /** No camera, as many states as actions, 10 actions a second. */
  static FakePolicy of(int size, Function<Observation, ActionChunk> answer) {
    return new FakePolicy(new PolicySpec(List.of(), 0, size, size, 8, OptionalDouble.of(10)), answer);
  }

  /** Always the same chunk. */
  static FakePolicy always(ActionChunk chunk) {
    return of(chunk.dimension(), observation -> chunk);
  }

  static PolicyFeature camera(String key) {
    return new PolicyFeature(key, PolicyFeature.Type.VISUAL, List.of(3, 2, 2));
  }

  /** A chunk of one dimension. */
  static ActionChunk chunk(float... values) {
    return new ActionChunk(values.length, 1, values);
  }

  /** {@code steps} actions of one dimension, all {@code value}. */
  static ActionChunk constant(int steps, float value) {
    float[] values = new float[steps];
    Arrays.fill(values, value);
    return chunk(values);
  }

  @Override
  public PolicySpec spec() {
    return spec;
  }

  @Override
  public void reset() {
    resets++;
  }

  @Override
  public ActionChunk predict(Observation observation, ActionPrefix prefix) {
    observations.add(observation);
    prefixes.add(prefix);
    return answer.apply(observation);
  }

  @Override
  public void close() {
    closed = true;
    closedBy = Thread.currentThread();
  }
}
