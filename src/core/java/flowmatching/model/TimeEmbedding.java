package flowmatching.model;

/**
 * Sines and cosines of the flow time, with periods spaced evenly on a log scale (pi0, Black et al. 2024).
 *
 * <p>The largest angle is 2 pi / 0.004 = 1571 rad, where one unit in the last place of a float32 frequency moves the sine by 1e-4.
 * So the float32 order of operations is the original's: ((1 / period) * 2) * pi.
 */
public final class TimeEmbedding {
  private TimeEmbedding() {}

  /** {@code dim / 2} frequencies in radians per unit of flow time, highest first. */
  public static float[] frequencies(int dim, double minPeriod, double maxPeriod) {
    int count = dim / 2;
    float[] frequencies = new float[count];
    float ratio = (float) (maxPeriod / minPeriod);
    float step = count > 1 ? 1f / (count - 1) : 0;
    for (int i = 0; i < count; i++) {
      // torch.linspace counts its second half back from the end, and its compiler fuses the product and the sum.
      float u = i < count / 2 || count == 1 ? step * i : Math.fma(-step, count - 1 - i, 1f);
      float period = (float) minPeriod * (float) Math.pow(ratio, u);
      frequencies[i] = 1 / period * 2 * (float) Math.PI;
    }
    return frequencies;
  }
}
