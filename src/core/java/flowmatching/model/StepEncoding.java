package flowmatching.model;

/** The place of an action in its chunk: [sin(k w_j) | cos(k w_j)], w_j = 10000^(-2j/width) (Vaswani et al. 2017). */
final class StepEncoding {
  private StepEncoding() {}

  /** {@code steps * width} values, action by action. */
  static float[] sinusoidal(int steps, int width) {
    float[] values = new float[steps * width];
    int half = width / 2;
    for (int k = 0; k < steps; k++) {
      for (int j = 0; j < half; j++) {
        double angle = k * Math.pow(10000, -2.0 * j / width);
        values[k * width + j] = (float) Math.sin(angle);
        values[k * width + half + j] = (float) Math.cos(angle);
      }
    }
    return values;
  }
}
