package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiniteCheckTest {
  /** Two whole blocks of the check's buffer and a part of a third. */
  private static final int BYTES = (2 << 20) + 12;

  @TempDir Path directory;

  private SafetensorsFile file(DType type, ByteBuffer values) throws IOException {
    Path path = directory.resolve("x.safetensors");
    new SafetensorsWriter()
        .addFloats("before", new long[] {1}, () -> new float[] {1})
        .add("x", type, new long[] {values.capacity() / type.bytes()}, values::duplicate)
        .addFloats("after", new long[] {0}, () -> new float[0])
        .write(path);
    return SafetensorsFile.open(path);
  }

  @ParameterizedTest
  // Not a number, with one mantissa bit or all, of either sign; infinities.
  @CsvSource({
    "F32, 7f800000", "F32, ff800000", "F32, 7f800001", "F32, ffc00000", "F32, 7fffffff",
    "F16, 7c00", "F16, fc00", "F16, 7c01", "F16, fe00", "F16, ffff",
    "BF16, 7f80", "BF16, ff80", "BF16, 7f81", "BF16, ffc0", "BF16, 7fff"
  })
  void aValueThatIsNotFiniteIsFoundInEveryBlockAndAtItsEdges(DType type, String pattern) throws IOException {
    int size = type.bytes();
    int block = 1 << 20;
    for (int place : new int[] {0, size, block - size, block, 2 * block - size, 2 * block, BYTES - size}) {
      ByteBuffer values = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
      long bits = Long.parseLong(pattern, 16);
      if (size == 4) {
        values.putInt(place, (int) bits);
      } else {
        values.putShort(place, (short) bits);
      }
      try (SafetensorsFile weights = file(type, values)) {
        String message = assertThrows(BadInputException.class, () -> FiniteCheck.check(weights, weights.names()), "byte " + place).getMessage();
        assertTrue(message.contains("tensor 'x' holds values that are not finite"), message);
      }
    }
  }

  @ParameterizedTest
  // Largest finite values, subnormals, minus zero.
  @CsvSource({
    "F32, 7f7fffff", "F32, ff7fffff", "F32, 00000001", "F32, 807fffff", "F32, 80000000",
    "F16, 7bff", "F16, fbff", "F16, 0001", "F16, 8000", "BF16, 7f7f", "BF16, ff7f", "BF16, 0001", "BF16, 8000"
  })
  void noFiniteValueIsTakenForOneThatIsNot(DType type, String pattern) throws IOException {
    ByteBuffer values = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    long bits = Long.parseLong(pattern, 16);
    for (int at = 0; at < 64; at += type.bytes()) {
      if (type.bytes() == 4) {
        values.putInt(at, (int) bits);
      } else {
        values.putShort(at, (short) bits);
      }
    }
    try (SafetensorsFile weights = file(type, values)) {
      assertDoesNotThrow(() -> FiniteCheck.check(weights, weights.names()));
    }
  }

  @Test
  void aSampleOfHalfPrecisionPatternsIsJudgedAsTheirValuesAre() throws IOException {
    for (int bits = 0; bits < 1 << 16; bits += 0x1f5) {
      ByteBuffer values = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) bits);
      try (SafetensorsFile weights = file(DType.F16, values)) {
        if (Float.isFinite(weights.floats("x")[0])) {
          FiniteCheck.check(weights, weights.names());
        } else {
          assertThrows(BadInputException.class, () -> FiniteCheck.check(weights, weights.names()), Integer.toHexString(bits));
        }
      }
    }
  }
}
