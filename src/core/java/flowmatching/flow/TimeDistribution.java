package flowmatching.flow;

/**
 * Flow times for training: t = 0.999 b + 0.001 with b ~ Beta(1.5, 1), so t lies in [0.001, 1] and mostly near 1, where the
 * network has to find the action in almost pure noise (pi0, Black et al. 2024).
 */
public final class TimeDistribution {
  private static final double ALPHA = 1.5;
  private static final double SCALE = 0.999;
  private static final double OFFSET = 0.001;

  private TimeDistribution() {}

  /**
   * The time at a quantile: Beta(a, 1) has the distribution function b^a, so b = u^(1/a).
   *
   * @param u uniform in [0, 1)
   */
  public static float quantile(double u) {
    return (float) (SCALE * Math.pow(u, 1 / ALPHA) + OFFSET);
  }
}
