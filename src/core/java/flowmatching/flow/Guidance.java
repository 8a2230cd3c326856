package flowmatching.flow;

/**
 * Draws the flow towards a target while it is integrated.
 *
 * <pre>
 *   v' = v - gain(t) * weight[step] * (target - (x - t v))
 *   gain(t) = min(maximumGain, t / (1 - t) * (t^2 + (1 - t)^2) / t^2),  maximumGain at t = 1 and at t = 0
 * </pre>
 *
 * <p>x - t v is where the flow would end from here. The closed form (identity Jacobian) of Real-Time Chunking, Black et al. 2025,
 * as in LeRobot 0.6.1. {@link RealTimeChunking} makes one from the chunk that is being played.
 *
 * @param target {@code steps * dimension} values, action by action, in the network's (normalised) units
 * @param weights one an action, 0 (free) to 1 (held)
 * @param maximumGain bound of the gain
 */
public record Guidance(float[] target, float[] weights, double maximumGain) {
  /** The strength at flow time {@code t}. */
  public float gain(float t) {
    double time = t;
    if (time >= 1 || time <= 0) {
      return (float) maximumGain;
    }
    double rest = 1 - time;
    double spread = (rest * rest + time * time) / (time * time);
    return (float) Math.min(maximumGain, time / rest * spread);
  }

  /** Corrects {@code velocity} at the point {@code x} and time {@code t}, in place. */
  public void correct(float[] velocity, float[] x, float t) {
    float gain = gain(t);
    int dimension = target.length / weights.length;
    for (int i = 0; i < velocity.length; i++) {
      float end = x[i] - t * velocity[i];
      velocity[i] -= gain * weights[i / dimension] * (target[i] - end);
    }
  }
}
