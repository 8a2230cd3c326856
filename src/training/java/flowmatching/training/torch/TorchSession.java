package flowmatching.training.torch;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.VelocityField;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.runtime.PolicySession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/**
 * Runs the policy on the weights that are being trained, to look at it between steps. Made for few lines, not for speed: nothing
 * native is kept between calls, so each integration computes the condition again.
 */
public final class TorchSession implements PolicySession {
  private final FlowMatchingConfig config;
  private final Compute compute;
  private final PolicyNetwork<Tensor> network;
  private final int cameras;
  private final int tokensPerCamera;
  private final FloatBuffer images;
  private final FloatBuffer state;
  private final FloatBuffer present;
  private final FloatBuffer tokens;
  private final FloatBuffer condition;

  public TorchSession(FlowMatchingConfig config, NetworkParameters parameters, Compute compute) {
    this.config = config;
    this.compute = compute;
    this.network = new PolicyNetwork<>(config, new TorchOps(parameters, compute, false));
    this.cameras = config.cameras().size();
    this.tokensPerCamera = cameras == 0 ? 0 : PolicyNetwork.tokensPerCamera(config);
    this.images = floats(cameras * 3 * config.imageHeight() * config.imageWidth());
    this.state = floats(config.maxStateDim());
    this.present = floats(cameras);
    this.tokens = floats(cameras * tokensPerCamera * config.vitEmbedDim());
    this.condition = floats(config.hiddenDim());
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Override
  public String description() {
    return "libtorch on " + compute;
  }

  @Override
  public FloatBuffer images() {
    return images;
  }

  @Override
  public FloatBuffer state() {
    return state;
  }

  @Override
  public void encodeImages(boolean[] there) {
    if (cameras == 0) {
      return;
    }
    for (int i = 0; i < cameras; i++) {
      present.put(i, there[i] ? 1 : 0);
    }
    NativeScope.runWithoutGradients(() -> {
      Tensor all = network.vision(device(images, cameras, 3, config.imageHeight(), config.imageWidth()));
      tokens.put(0, HostTensor.floats(all.mul(device(present, cameras, 1, 1))));
    });
  }

  @Override
  public void encodeState() {
    NativeScope.runWithoutGradients(() -> condition.put(0, HostTensor.floats(encoded().vector())));
  }

  private PolicyNetwork.Condition<Tensor> encoded() {
    Tensor seen = cameras == 0 ? null : device(tokens, 1, cameras, tokensPerCamera, config.vitEmbedDim());
    return network.condition(seen, cameras == 0 ? null : device(present, 1, cameras), device(state, 1, config.maxStateDim()));
  }

  private Tensor device(FloatBuffer values, long... shape) {
    return compute.move(HostTensor.of(values, shape));
  }

  @Override
  public FloatBuffer visionTokens() {
    return tokens;
  }

  @Override
  public FloatBuffer condition() {
    return condition;
  }

  @Override
  public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    NativeScope.runWithoutGradients(() -> plan.integrate(field(encoded()), guidance, x));
  }

  @Override
  public void velocity(float[] x, float t, float[] velocity) {
    NativeScope.runWithoutGradients(() -> field(encoded()).evaluate(x, t, velocity));
  }

  private VelocityField field(PolicyNetwork.Condition<Tensor> seen) {
    long[] shape = {1, config.chunkLength(), config.maxActionDim()};
    return (x, t, velocity) -> NativeScope.run(() -> {
      Tensor result = network.velocity(seen, HostTensor.copy(x, shape, compute), time(t));
      System.arraycopy(HostTensor.floats(result), 0, velocity, 0, velocity.length);
    });
  }

  @Override
  public float[] timeEmbedding(float t) {
    return NativeScope.call(() -> HostTensor.floats(network.timeEmbedding(time(t))));
  }

  private Tensor time(float t) {
    return HostTensor.copy(new float[] {t}, new long[] {1}, compute);
  }

  /** Nothing is kept; the weights are the trainer's. */
  @Override
  public void close() {}
}
