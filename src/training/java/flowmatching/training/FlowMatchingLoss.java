package flowmatching.training;

import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.data.Batch;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import flowmatching.training.torch.TorchOps;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What training makes small: how far the network's velocity is from the straight path's.
 *
 * <pre>
 *   x_t = t * noise + (1 - t) * action
 *   error = (noise - action - v(x_t, t, observation))^2        loss = mean over B * T * A errors
 * </pre>
 *
 * <p>Actions beyond an episode's end count as 0 in the mean, as in the original, unless {@code action_tail} is {@code hold}. Values
 * that pad an action to max_action_dim are trained, as in the original. Sizes as in {@link Batch}.
 */
final class FlowMatchingLoss {
  private final FlowMatchingConfig config;
  private final Compute compute;
  private final PolicyNetwork<Tensor> network;
  private final PictureTokens pictures;

  /** @param training whether dropout drops */
  FlowMatchingLoss(FlowMatchingConfig config, PolicyProcessors processors, NetworkParameters parameters, Compute compute, boolean training) {
    this.config = config;
    this.compute = compute;
    this.network = new PolicyNetwork<>(config, new TorchOps(parameters, compute, training));
    this.pictures = new PictureTokens(config, processors, network, compute);
  }

  /**
   * The errors of a batch.
   *
   * @param noise [B, T, A], standard normal
   * @param time [B], flow times
   * @return [B, T, A], 0 where an action is not trained
   */
  Tensor errors(Batch batch, Tensor noise, Tensor time) {
    long b = batch.size();
    Tensor action = device(HostTensor.of(batch.actions(), b, config.chunkLength(), config.maxActionDim()));
    Tensor t = time.reshape(b, 1, 1);
    Tensor point = t.mul(noise).add(t.neg().add(new Scalar(1)).mul(action));
    Tensor velocity = compute.autocast(() -> network.velocity(condition(batch), point, time));
    Tensor error = noise.sub(action).sub(velocity.to(torch.ScalarType.Float)).square();
    return config.trainsTail() ? error : error.mul(trained(batch));
  }

  private PolicyNetwork.Condition<Tensor> condition(Batch batch) {
    Tensor state = device(HostTensor.of(batch.state(), batch.size(), config.maxStateDim()));
    if (config.cameras().isEmpty()) {
      return network.condition(null, null, state);
    }
    return network.condition(pictures.tokens(batch), pictures.present(batch), state);
  }

  /** [B, T, 1], 1 where the action lies in the episode. */
  private Tensor trained(Batch batch) {
    Tensor pad = device(HostTensor.of(batch.actionIsPad(), batch.size(), config.chunkLength(), 1));
    return pad.eq(new Scalar(0)).to(torch.ScalarType.Float);
  }

  private Tensor device(Tensor host) {
    return compute.move(host);
  }
}
