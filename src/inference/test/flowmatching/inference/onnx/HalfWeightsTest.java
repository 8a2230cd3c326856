package flowmatching.inference.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfWeightsTest {
  private static final Path DEMO = TestData.home().resolve("models/demo");

  @TempDir Path directory;

  /** Every number of 16 bits, as the reader of checkpoints widens it. */
  private float[] all(DType type) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1 << 16; i++) {
      bytes.putShort((short) i);
    }
    Path file = directory.resolve(type + ".safetensors");
    new SafetensorsWriter().add("all", type, new long[] {1 << 16}, bytes::flip).write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      return read.floats("all");
    }
  }

  @Test
  void everyFiniteNumberOf16BitsStaysAndWhatIsBetweenTwoGoesToTheNearer() throws IOException {
    for (DType type : new DType[] {DType.F16, DType.BF16}) {
      float[] all = all(type);
      for (int i = 0; i < 1 << 16; i++) {
        if (!Float.isFinite(all[i])) {
          continue;
        }
        assertEquals((short) i, narrow(type, all[i]), type + " " + all[i]);
        if ((i & 0x7fff) > 0 && Float.isFinite(all[(i + 1) & 0xffff]) && (i & 0x7fff) < 0x7fff) {
          double middle = ((double) all[i] + all[i + 1]) / 2;
          float tie = (float) middle; // exact: float has more bits than either
          assertEquals((short) (i + (i & 1)), narrow(type, tie), type + " tie at " + tie);
          assertEquals((short) i, narrow(type, tie + Math.copySign(Math.ulp(tie), all[i] - tie)), type + " below the tie " + tie);
          assertEquals((short) (i + 1), narrow(type, tie + Math.copySign(Math.ulp(tie), all[i + 1] - tie)), type + " above " + tie);
        }
      }
    }
  }

  private static short narrow(DType type, float value) {
    return type == DType.F16 ? HalfWeights.toFloat16(value) : HalfWeights.toBfloat16(value);
  }

  @ParameterizedTest
  @CsvSource({"FLOAT16, 0x1p-11", "BFLOAT16, 0x1p-8"})
  void largeMatricesAreRoundedAndAllElseIsAsItWas(Precision precision, double relative) {
    try (Checkpoint checkpoint = Checkpoint.open(DEMO);
        SafetensorsFile copy = HalfWeights.open(checkpoint.weights(), precision, directory)) {
      int narrowed = 0;
      for (String name : checkpoint.weights().names()) {
        float[] before = checkpoint.weights().floats(name);
        float[] after = copy.floats(name);
        if (copy.entry(name).dtype() == DType.F32) {
          assertArrayEquals(before, after, name);
          continue;
        }
        narrowed++;
        assertEquals(precision.stored(), copy.entry(name).dtype());
        for (int i = 0; i < before.length; i++) {
          // Below 2^-14 a float16 has fewer bits: half of its smallest step.
          assertEquals(before[i], after[i], Math.max(Math.abs(before[i]) * relative, 0x1p-25), name);
        }
      }
      assertTrue(narrowed > 10, "narrowed " + narrowed);
      assertEquals(DType.F32, copy.entry("model.action_out_proj.weight").dtype());
      assertTrue(copy.path().getFileName().toString().startsWith(precision.label() + "-"), copy.path().toString());
    }
  }

  @Test
  void aWeightThatFloat16CannotHoldIsNamed() throws IOException {
    float[] values = new float[64 * 64];
    values[5] = 70_000;
    Path file = directory.resolve("large.safetensors");
    new SafetensorsWriter().addFloats("x.weight", new long[] {64, 64}, () -> values).write(file);
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      BadInputException e = assertThrows(BadInputException.class, () -> HalfWeights.open(weights, Precision.FLOAT16, directory));
      assertEquals("tensor 'x.weight': expected magnitudes below 65520.0 for float16, found 70000.0", e.getMessage());
      try (SafetensorsFile wide = HalfWeights.open(weights, Precision.BFLOAT16, directory)) {
        assertEquals(70_000, wide.floats("x.weight")[5], 256);
      }
    }
  }
}
