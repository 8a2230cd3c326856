package flowmatching.flow;

/** The velocity v(x, t) of the flow at a point and time. */
public interface VelocityField {
  /**
   * @param x the point, not to be changed
   * @param t flow time, 1 (noise) to 0 (action)
   * @param velocity receives v(x, t), of the same length as {@code x}
   */
  void evaluate(float[] x, float t, float[] velocity);
}
