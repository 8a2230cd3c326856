package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FloatConversionTest {
  private static final int SIXTEEN_BITS = 1 << 16;

  @TempDir Path directory;

  private float[] read(DType type, long count, ByteBuffer bytes) throws IOException {
    Path path = directory.resolve("x.safetensors");
    new SafetensorsWriter().add("x", type, new long[] {count}, bytes::duplicate).write(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.floats("x");
    }
  }

  private float[] readAllPatterns(DType type) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(2 * SIXTEEN_BITS).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < SIXTEEN_BITS; i++) {
      bytes.putShort(2 * i, (short) i);
    }
    return read(type, SIXTEEN_BITS, bytes);
  }

  /** sign * 2^(exponent - bias) * 1.mantissa, by the definition of IEEE 754. */
  private static double defined(int bits, int exponentBits) {
    int mantissaBits = 15 - exponentBits;
    int bias = (1 << exponentBits - 1) - 1;
    int exponent = bits >> mantissaBits & (1 << exponentBits) - 1;
    double fraction = (bits & (1 << mantissaBits) - 1) * Math.pow(2, -mantissaBits);
    double magnitude;
    if (exponent == (1 << exponentBits) - 1) {
      magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else {
      magnitude = exponent == 0 ? fraction * Math.pow(2, 1 - bias) : (1 + fraction) * Math.pow(2, exponent - bias);
    }
    return bits >> 15 == 0 ? magnitude : -magnitude;
  }

  private void assertEveryPattern(DType type, IntToDoubleFunction expected) throws IOException {
    float[] found = readAllPatterns(type);
    for (int i = 0; i < SIXTEEN_BITS; i++) {
      // Every half precision value is a float32 value, so equality is exact, signed zeros included.
      assertEquals((float) expected.applyAsDouble(i), found[i], type + " pattern " + Integer.toHexString(i));
    }
  }

  @Test
  void everyPatternOfF16AndBf16HasItsDefinedValue() throws IOException {
    assertEveryPattern(DType.F16, bits -> defined(bits, 5));
    assertEveryPattern(DType.BF16, bits -> defined(bits, 8));
  }

  @Test
  void everyPatternOfI16IsItsNumber() throws IOException {
    assertEveryPattern(DType.I16, bits -> (short) bits);
  }

  @Test
  void otherTypesAreRoundedToTheNearestFloat() throws IOException {
    assertArrayEquals(new float[] {-128, 127, -1}, read(DType.I8, 3, ByteBuffer.wrap(new byte[] {-128, 127, -1})));
    assertArrayEquals(new float[] {128, 127, 255}, read(DType.U8, 3, ByteBuffer.wrap(new byte[] {-128, 127, -1})));
    assertArrayEquals(new float[] {0, 1}, read(DType.BOOL, 2, ByteBuffer.wrap(new byte[] {0, 1})));
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, Integer.MIN_VALUE).putInt(4, 16_777_217);
    assertArrayEquals(new float[] {-0x1p31f, 16_777_216}, read(DType.I32, 2, bytes.duplicate().limit(8)));
    bytes.putLong(0, Long.MIN_VALUE).putLong(8, -3);
    assertArrayEquals(new float[] {-0x1p63f, -3}, read(DType.I64, 2, bytes));
    bytes.putDouble(0, 0.1).putDouble(8, 1e300);
    assertArrayEquals(new float[] {0.1f, Float.POSITIVE_INFINITY}, read(DType.F64, 2, bytes));
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, names = {"U16", "U32", "U64", "F8_E4M3", "F8_E5M2"})
  void typesWithoutAConversionAreRefusedByName(DType type) {
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes());
    String message = assertThrows(BadInputException.class, () -> read(type, 1, bytes)).getMessage();
    assertTrue(message.contains("'x'") && message.contains(type.name()), message);
  }
}
