package flowmatching.inference.onnx;

import flowmatching.BadInputException;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsFile.Entry;
import flowmatching.checkpoint.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * A copy of a checkpoint's weights with every large matrix in 16 bits (in float16 the convolution of the patches too, with its bias),
 * kept in a cache. All else is float32: encodings, other biases, norms, and the small matrices that states and actions go through.
 */
public final class HalfWeights {
  private static final String FORMAT = "2";
  /** From here on a number of 16 bits would be infinite. */
  private static final float HALF_LIMIT = 65520;
  /** The smallest number whose 11 bits are all there. */
  private static final float HALF_NORMAL = 0x1p-14f;

  private HalfWeights() {}

  /**
   * Opens the copy in a cache, and makes it first where it is not there.
   *
   * @param weights of the checkpoint
   * @param precision 16 bits of one kind or the other
   * @param cache directory for copies of several checkpoints; the oldest are deleted
   * @throws BadInputException where it cannot be written, or a weight is too large for the type
   */
  public static SafetensorsFile open(SafetensorsFile weights, Precision precision, Path cache) {
    if (precision == Precision.FLOAT32) {
      throw new IllegalArgumentException("float32 needs no copy");
    }
    return WeightsCache.copy(weights, cache, precision.label(), FORMAT, (writer, name) -> add(writer, weights, name, precision));
  }

  private static void add(SafetensorsWriter writer, SafetensorsFile weights, String name, Precision precision) {
    Entry entry = weights.entry(name);
    if (isProduct(entry, precision) || isBiasOfConvolution(weights, name, precision)) {
      writer.add(name, precision.stored(), entry.shape(), () -> narrowed(name, weights.floats(name), precision));
    } else {
      writer.addFloats(name, entry.shape(), () -> weights.floats(name));
    }
  }

  /** A convolution in bfloat16 is not in ONNX before opset 22. */
  private static boolean isProduct(Entry entry, Precision precision) {
    return QuantizedWeights.isLargeMatrix(entry) || entry.shape().length == 4 && precision == Precision.FLOAT16;
  }

  /** TensorRT's parser wants it stored as the convolution's weight is, not converted by the graph. */
  private static boolean isBiasOfConvolution(SafetensorsFile weights, String name, Precision precision) {
    String weight = name.replaceFirst("\\.bias$", ".weight");
    return !weight.equals(name) && weights.names().contains(weight) && weights.entry(weight).shape().length == 4 && precision == Precision.FLOAT16;
  }

  private static ByteBuffer narrowed(String name, float[] values, Precision precision) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(2, values.length)).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (precision == Precision.BFLOAT16) {
        bytes.putShort(toBfloat16(value));
      } else if (Math.abs(value) < HALF_LIMIT) {
        bytes.putShort(toFloat16(value));
      } else {
        throw new BadInputException("tensor '" + name + "': expected magnitudes below " + HALF_LIMIT + " for float16, found " + value);
      }
    }
    return bytes.flip();
  }

  /** The nearest number of 16 bits, IEEE 754 half precision, the even one of two; Java has this from version 20 on. */
  static short toFloat16(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (magnitude < HALF_NORMAL) {
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24f)); // 1024 of these are the smallest normal number
    }
    int bits = Float.floatToRawIntBits(magnitude) - (112 << 23);
    return (short) (sign | bits + 0xfff + (bits >>> 13 & 1) >>> 13);
  }

  /** The nearest number of bfloat16, the even one of two. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }
}
