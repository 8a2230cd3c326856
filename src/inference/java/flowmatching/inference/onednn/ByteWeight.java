package flowmatching.inference.onednn;

import java.nio.FloatBuffer;

/**
 * A matrix of a product in 8 bits, [rows (out), columns (in)]; each row has a scale, its greatest magnitude / 127.
 *
 * @param values round(value / scale), in memory of the natives given to {@link #of}
 * @param scales by row
 * @param sums by row, of what the values stand for
 */
record ByteWeight(Tensor values, float[] scales, float[] sums) {
  private static final float GREATEST = 127;

  /** @param plain [rows, columns], float32 */
  static ByteWeight of(Tensor plain, Natives natives) {
    int rows = plain.shape()[0];
    Tensor maxima = natives.allocate(OneDnn.F32, rows, 1);
    Tensor minima = natives.allocate(OneDnn.F32, rows, 1);
    Program range = new Program();
    Kernels kernels = new Kernels(natives, range);
    kernels.reduce(OneDnn.MAXIMUM, plain, maxima);
    kernels.reduce(OneDnn.MINIMUM, plain, minima);
    range.run();
    float[] scales = new float[rows];
    FloatBuffer above = maxima.floats();
    FloatBuffer below = minima.floats();
    for (int row = 0; row < rows; row++) {
      float greatest = Math.max(above.get(row), -below.get(row));
      scales[row] = greatest == 0 ? 1 : greatest / GREATEST;
    }
    Tensor values = natives.allocate(OneDnn.S8, plain.shape());
    Program division = new Program();
    kernels = new Kernels(natives, division);
    kernels.divide(plain, natives.constant(scales, rows), values);
    kernels.reduce(OneDnn.SUM, values, maxima);
    division.run();
    float[] sums = new float[rows];
    for (int row = 0; row < rows; row++) {
      sums[row] = above.get(row) * scales[row];
    }
    return new ByteWeight(values, scales, sums);
  }
}
