package flowmatching.inference.onednn;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onednn.Node.Kind;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Values that are the same in every run: parameters and parts of them. */
final class Constants {
  private Constants() {}

  /**
   * In native memory: the file's own where its values are float32, else that of the natives.
   *
   * @param natives kept for as long as the tensor
   */
  static Tensor tensor(Node node, SafetensorsFile weights, Natives natives) {
    if (node.kind == Kind.RESHAPE) {
      return tensor(node.inputs.get(0), weights, natives).reshape(node.shape);
    }
    if (node.kind == Kind.SLICE && node.number == 0) {
      return tensor(node.inputs.get(0), weights, natives).slice(0, node.from, node.shape[0]);
    }
    if (node.kind == Kind.PARAMETER && weights.entry(node.name).dtype() == DType.F32) {
      ByteBuffer mapped = weights.bytes(node.name);
      natives.own(() -> Reference.reachabilityFence(mapped));
      return Tensor.dense(Pointer.nativeValue(Native.getDirectBufferPointer(mapped)), OneDnn.F32, node.shape);
    }
    return natives.constant(of(node, weights), node.shape);
  }

  static float[] of(Node node, SafetensorsFile weights) {
    return switch (node.kind) {
      case PARAMETER -> weights.floats(node.name);
      case CONSTANT -> node.values;
      case RESHAPE -> of(node.inputs.get(0), weights);
      case JOINED_WEIGHT -> product(node.inputs.get(0), node.inputs.get(1), weights);
      case JOINED_BIAS -> bias(node, weights);
      case SLICE -> slice(node, of(node.inputs.get(0), weights));
      default -> throw new IllegalStateException("not constant: " + node.kind);
    };
  }

  private static float[] slice(Node node, float[] from) {
    int[] shape = node.inputs.get(0).shape;
    int inner = 1;
    for (int i = node.number + 1; i < shape.length; i++) {
      inner *= shape[i];
    }
    int length = node.shape[node.number] * inner;
    int step = shape[node.number] * inner;
    float[] part = new float[node.count()];
    for (int i = 0; i * length < part.length; i++) {
      System.arraycopy(from, i * step + node.from * inner, part, i * length, length);
    }
    return part;
  }

  /** Two matrices, [rows, inner] times [inner, columns]. */
  private static float[] product(Node left, Node right, SafetensorsFile weights) {
    float[] a = of(left, weights);
    float[] b = of(right, weights);
    int inner = left.shape[1];
    int columns = b.length / inner;
    float[] product = new float[left.shape[0] * columns];
    double[] sums = new double[columns];
    for (int row = 0; row < left.shape[0]; row++) {
      Arrays.fill(sums, 0);
      for (int i = 0; i < inner; i++) {
        double factor = a[row * inner + i];
        for (int column = 0; column < columns; column++) {
          sums[column] += factor * b[i * columns + column];
        }
      }
      for (int column = 0; column < columns; column++) {
        product[row * columns + column] = (float) sums[column];
      }
    }
    return product;
  }

  /** The second matrix times the first bias, and the second bias. */
  private static float[] bias(Node node, SafetensorsFile weights) {
    float[] bias = product(node.inputs.get(0), node.inputs.get(1), weights);
    float[] second = of(node.inputs.get(2), weights);
    for (int i = 0; i < bias.length; i++) {
      bias[i] += second[i];
    }
    return bias;
  }
}
