package flowmatching.inference.onnx;

import flowmatching.BadInputException;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsFile.Entry;
import flowmatching.checkpoint.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * A copy of a checkpoint's weights with every large matrix in 8 bits, kept in a cache.
 *
 * <p>A matrix [out, in] is stored transposed, [in, out], as {@code round(w / scale)} with a scale for each of the rows that it had:
 * the row's greatest magnitude / 127. All else is kept as it is.
 */
public final class QuantizedWeights {
  /** Changes where what is written changes. */
  private static final String FORMAT = "1";
  /** Matrices with a side smaller than this stay as they are: actions and states go through them. */
  private static final int SMALLEST = 64;
  private static final int GREATEST = 127;

  private QuantizedWeights() {}

  /** The name of a matrix's scales. */
  static String scale(String matrix) {
    return matrix + ".scale";
  }

  /**
   * Opens the copy in a cache, and makes it first where it is not there.
   *
   * @param weights of the checkpoint
   * @param cache directory for copies of several checkpoints; the oldest are deleted
   * @throws BadInputException where it cannot be written
   */
  public static SafetensorsFile open(SafetensorsFile weights, Path cache) {
    return WeightsCache.copy(weights, cache, "int8", FORMAT, (writer, name) -> add(writer, weights, name));
  }

  private static void add(SafetensorsWriter writer, SafetensorsFile weights, String name) {
    Entry entry = weights.entry(name);
    if (!isLargeMatrix(entry)) {
      writer.add(name, entry.dtype(), entry.shape(), () -> weights.bytes(name));
      return;
    }
    int rows = (int) entry.shape()[0];
    int columns = (int) entry.shape()[1];
    // Asked for one after the other: the matrix is read twice, and two are never in memory.
    writer.addFloats(scale(name), new long[] {rows}, () -> scales(weights.floats(name), rows, columns));
    writer.add(name, DType.I8, new long[] {columns, rows}, () -> quantized(weights.floats(name), rows, columns));
  }

  /** Matrices of products; an embedding is looked at row by row and stays. */
  static boolean isLargeMatrix(Entry entry) {
    return entry.shape().length == 2 && entry.shape()[0] >= SMALLEST && entry.shape()[1] >= SMALLEST && entry.name().endsWith("weight");
  }

  private static float[] scales(float[] matrix, int rows, int columns) {
    float[] scales = new float[rows];
    for (int row = 0; row < rows; row++) {
      float greatest = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        greatest = Math.max(greatest, Math.abs(matrix[i]));
      }
      scales[row] = greatest == 0 ? 1 : greatest / GREATEST;
    }
    return scales;
  }

  private static ByteBuffer quantized(float[] matrix, int rows, int columns) {
    float[] scales = scales(matrix, rows, columns);
    byte[] bytes = new byte[matrix.length];
    for (int row = 0; row < rows; row++) {
      float inverse = 1 / scales[row];
      for (int column = 0; column < columns; column++) {
        bytes[column * rows + row] = (byte) Math.rint(matrix[row * columns + column] * inverse);
      }
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
