package flowmatching.training;

import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import flowmatching.model.PolicyFeature;
import flowmatching.model.PolicyNetwork;
import flowmatching.policy.Normalizer;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.data.Batch;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A batch's pictures on their way to the action network: put into their camera slots, resized as the policy does (bilinear, no
 * antialias), normalised, encoded. The slots are those of {@link flowmatching.policy.ObservationEncoder}.
 */
final class PictureTokens {
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final PolicyNetwork<Tensor> network;
  private final Compute compute;

  PictureTokens(FlowMatchingConfig config, PolicyProcessors processors, PolicyNetwork<Tensor> network, Compute compute) {
    this.config = config;
    this.processors = processors;
    this.network = network;
    this.compute = compute;
  }

  /** Tokens [B, C, tokens, d]; zeros in slots without a camera. */
  Tensor tokens(Batch batch) {
    List<Tensor> seen = new ArrayList<>();
    for (PolicyFeature camera : config.cameras()) {
      if (batch.images().containsKey(camera.key())) {
        seen.add(picture(batch, camera));
      }
    }
    // All cameras in one pass: [P, B, 3, h, w] as P * B pictures.
    Tensor all = network.vision(torch.cat(vector(seen), 0));
    Tensor none = torch.zeros_like(all.narrow(0, 0, batch.size()));
    List<Tensor> slots = new ArrayList<>();
    int next = 0;
    for (boolean there : slots(batch)) {
      slots.add(there ? all.narrow(0, (long) batch.size() * next++, batch.size()) : none);
    }
    return torch.stack(vector(slots), 1);
  }

  /** [B, C], 1 where a slot has a camera. */
  Tensor present(Batch batch) {
    List<Boolean> slots = slots(batch);
    float[] values = new float[slots.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = slots.get(i) ? 1 : 0;
    }
    return HostTensor.copy(values, new long[] {1, values.length}, compute).expand(batch.size(), values.length);
  }

  private List<Boolean> slots(Batch batch) {
    List<Boolean> there = new ArrayList<>(config.cameras().stream().map(c -> batch.images().containsKey(c.key())).toList());
    if (config.shiftsCameraSlots()) {
      there.sort(Comparator.reverseOrder());
    }
    return there;
  }

  /** [B, 3, h, w] of the network's size, values 0 to 1 before they are normalised. */
  private Tensor picture(Batch batch, PolicyFeature camera) {
    Batch.Pictures pictures = batch.images().get(camera.key());
    Tensor pixels = compute.move(HostTensor.of(pictures.pixels(), batch.size(), pictures.height(), pictures.width(), 3));
    Tensor values = pixels.permute(0, 3, 1, 2).to(torch.ScalarType.Float).div(new Scalar(255));
    return normalized(torch.upsample_bilinear2d(values, new long[] {config.imageHeight(), config.imageWidth()}, false), camera.key());
  }

  private Tensor normalized(Tensor picture, String key) {
    Normalizer normalizer = processors.input(key);
    if (normalizer.mode() == NormalizationMode.IDENTITY) {
      return picture;
    }
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int channel = 0; channel < 3; channel++) {
      shift[channel] = normalizer.normalize(0, channel);
      scale[channel] = normalizer.normalize(1, channel) - shift[channel];
    }
    long[] shape = {1, 3, 1, 1};
    return picture.mul(HostTensor.copy(scale, shape, compute)).add(HostTensor.copy(shift, shape, compute));
  }

  private static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(Tensor[]::new));
  }
}
