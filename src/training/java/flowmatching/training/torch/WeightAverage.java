package flowmatching.training.torch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * An exponential moving average of the weights, which often acts better than the weights themselves:
 *
 * <pre>
 *   average += (1 - d) * (weight - average),   d = min(decay, (1 + n) / (10 + n)) after n updates
 * </pre>
 *
 * <p>The ramp forgets the random weights of the beginning.
 */
public final class WeightAverage implements AutoCloseable {
  private final Map<String, Tensor> averages = new LinkedHashMap<>();
  private final double decay;

  /** Starts at the weights. To be made outside a {@link NativeScope}, since it lasts. */
  public WeightAverage(Map<String, Tensor> weights, double decay) {
    this.decay = decay;
    weights.forEach((name, weight) -> averages.put(name, weight.detach().clone()));
  }

  /** @param updates how many came before this one */
  public void update(Map<String, Tensor> weights, long updates) {
    double kept = Math.min(decay, (1.0 + updates) / (10.0 + updates));
    NativeScope.runWithoutGradients(() -> averages.forEach((name, average) -> average.lerp_(weights.get(name), new Scalar(1 - kept))));
  }

  /** Averages by the parameter's name; not to be changed. */
  public Map<String, Tensor> byName() {
    return averages;
  }

  @Override
  public void close() {
    averages.values().forEach(Tensor::close);
  }
}
