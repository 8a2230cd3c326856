package flowmatching.checkpoint;

import flowmatching.BadInputException;
import java.nio.ByteBuffer;

/** Reads tensor elements of any type as float32. */
final class FloatConversion {
  private FloatConversion() {}

  /** @param where what messages begin with */
  static float[] toFloats(String where, SafetensorsFile.Entry entry, ByteBuffer bytes) {
    float[] values = new float[Math.toIntExact(entry.count())];
    switch (entry.dtype()) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F64 -> fill(values, i -> (float) bytes.getDouble(8 * i));
      case BF16 -> fill(values, i -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16));
      case F16 -> fill(values, i -> halfToFloat(bytes.getShort(2 * i)));
      case I64 -> fill(values, i -> bytes.getLong(8 * i));
      case I32 -> fill(values, i -> bytes.getInt(4 * i));
      case I16 -> fill(values, i -> bytes.getShort(2 * i));
      case I8 -> fill(values, i -> bytes.get(i));
      case U8, BOOL -> fill(values, i -> bytes.get(i) & 0xff);
      default -> throw new BadInputException(where + "tensor '" + entry.name() + "' is of type " + entry.dtype() + "; expected a float or signed integer type");
    }
    return values;
  }

  private interface Element {
    float at(int index);
  }

  private static void fill(float[] values, Element element) {
    for (int i = 0; i < values.length; i++) {
      values[i] = element.at(i);
    }
  }

  /** IEEE 754 half precision; Java has this from version 20 on. */
  static float halfToFloat(short half) {
    int exponent = (half >> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    float magnitude;
    if (exponent == 0x1f) {
      magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      magnitude = mantissa * 0x1p-24f;
    } else {
      magnitude = Float.intBitsToFloat((exponent + 112) << 23 | mantissa << 13);
    }
    return half < 0 ? -magnitude : magnitude;
  }
}
