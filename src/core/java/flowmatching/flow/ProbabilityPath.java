package flowmatching.flow;

/**
 * The straight path between noise and action.
 *
 * <pre>
 *   x_t = t * noise + (1 - t) * action        velocity u = d x_t / dt = noise - action
 * </pre>
 *
 * <p>Flow time t runs from 1 (noise) to 0 (action). Rectified flow, Liu et al. 2022; as in pi0, Black et al. 2024.
 */
public final class ProbabilityPath {
  private ProbabilityPath() {}

  /** The point of the path at time {@code t} in [0, 1], value by value into {@code point}. */
  public static void at(float[] noise, float[] action, float t, float[] point) {
    for (int i = 0; i < point.length; i++) {
      point[i] = t * noise[i] + (1 - t) * action[i];
    }
  }

  /** The velocity that the network learns, the same at every time, into {@code velocity}. */
  public static void target(float[] noise, float[] action, float[] velocity) {
    for (int i = 0; i < velocity.length; i++) {
      velocity[i] = noise[i] - action[i];
    }
  }
}
