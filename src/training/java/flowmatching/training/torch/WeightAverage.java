package flowmatching.training.torch;

import org.bytedeco.pytorch.Scalar;

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
  private final NetworkParameters averages;
  private final double decay;

  /** Starts at the weights. To be made outside a {@link NativeScope}, since it lasts. */
  public WeightAverage(NetworkParameters weights, double decay) {
    this.decay = decay;
    this.averages = weights.copy();
  }

  /** @param updates how many came before this one */
  public void update(NetworkParameters weights, long updates) {
    double kept = Math.min(decay, (1.0 + updates) / (10.0 + updates));
    NativeScope.runWithoutGradients(() -> averages.byName().forEach((name, average) -> average.lerp_(weights.get(name), new Scalar(1 - kept))));
  }

  /** The averages, which change with each update. */
  public NetworkParameters parameters() {
    return averages;
  }

  @Override
  public void close() {
    averages.close();
  }
}
