package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  @TempDir Path directory;

  private Path file(String header, int dataBytes) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text);
    Path path = directory.resolve("test.safetensors");
    Files.write(path, bytes.array());
    return path;
  }

  /** Java closes the file, and its exception has no message. */
  @Test
  void aThreadThatIsInterruptedWhileItReadsIsToldSo() throws IOException {
    Path path = file("{}", 0);
    Thread.currentThread().interrupt();
    try {
      BadInputException thrown = assertThrows(BadInputException.class, () -> SafetensorsFile.open(path));
      assertEquals(path + ": cannot be read: the thread was interrupted", thrown.getMessage());
    } finally {
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Path path = directory.resolve("a.safetensors");
    new SafetensorsWriter()
        .metadata("format", "pt")
        .addFloats("matrix", new long[] {2, 3}, () -> new float[] {1, -2, 3.5f, 0, Float.MIN_VALUE, Float.MAX_VALUE})
        .addFloats("scalar", new long[0], () -> new float[] {7})
        .addFloats("empty", new long[] {0, 4}, () -> new float[0])
        .write(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertArrayEquals(new float[] {1, -2, 3.5f, 0, Float.MIN_VALUE, Float.MAX_VALUE}, file.floats("matrix"));
      assertArrayEquals(new long[] {2, 3}, file.entry("matrix").shape());
      assertArrayEquals(new float[] {7}, file.floats("scalar"));
      assertEquals(0, file.floats("empty").length);
      assertEquals("pt", file.metadata().get("format"));
      assertEquals(0, file.entry("matrix").begin() % 8, "the data is aligned");
    }
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNoOther() throws IOException {
    Path path = directory.resolve("a.safetensors");
    new SafetensorsWriter().addFloats("x", new long[] {1}, () -> new float[] {1}).write(path);
    SafetensorsWriter broken = new SafetensorsWriter().addFloats("x", new long[] {2}, () -> new float[] {1});
    assertThrows(IllegalStateException.class, () -> broken.write(path));
    try (SafetensorsFile file = SafetensorsFile.open(path); Stream<Path> all = Files.list(directory)) {
      assertArrayEquals(new float[] {1}, file.floats("x"));
      assertEquals(1, all.count());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}} | 6 | overlaps",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | gap",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 8 | left over",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 3 | truncated",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | 4 | needs 8 bytes",
    "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | unknown dtype",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}} | 4 | at least 0",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}} | 4 | whole numbers",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}} | 4 | too large",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}} | 4 | data_offsets",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}} | 4 | data_offsets",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | Duplicate",
    "[1] | 0 | JSON object",
    "{\"a\": | 0 | not valid JSON",
    "{\"a\":{\"dtype\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{}}}}}}}}}} | 0 | not valid JSON",
  })
  void aBrokenHeaderIsRefusedWithWhatIsWrong(String header, int dataBytes, String expected) throws IOException {
    Path path = file(header, dataBytes);
    BadInputException refused = assertThrows(BadInputException.class, () -> SafetensorsFile.open(path));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    assertTrue(refused.getMessage().startsWith(path.toString()), refused.getMessage());
  }

  @Test
  void aHeaderLengthBeyondTheFileOrReasonIsRefusedWithoutAllocatingIt() throws IOException {
    for (long length : new long[] {Long.MAX_VALUE, -1, 100_000_001, 1_000_000}) {
      Path path = directory.resolve("length.safetensors");
      Files.write(path, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
      assertThrows(BadInputException.class, () -> SafetensorsFile.open(path), "length " + length);
    }
  }

  /** As many objects as the reference implementation's 100 MB hold take gigabytes, and a process without memory ends. */
  @Test
  void aHeaderThatWouldTakeAllMemoryIsRefusedUnread() throws IOException {
    byte[] header = ("{\"a\":[" + "{},".repeat(33_000_000) + "{}]}").getBytes(StandardCharsets.US_ASCII);
    Path path = directory.resolve("objects.safetensors");
    Files.write(path, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    Files.write(path, header, StandardOpenOption.APPEND);
    String message = assertThrows(BadInputException.class, () -> SafetensorsFile.open(path)).getMessage();
    assertTrue(message.contains("header length must be at most 16777216, found " + header.length), message);
  }

  @Test
  void aFileCutAtAnyByteIsRefused() throws IOException {
    Path whole = directory.resolve("whole.safetensors");
    new SafetensorsWriter()
        .addFloats("x", new long[] {3}, () -> new float[] {1, 2, 3})
        .addFloats("y", new long[] {1}, () -> new float[] {4})
        .write(whole);
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = directory.resolve("cut.safetensors");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(cut, java.util.Arrays.copyOf(bytes, length));
      assertThrows(BadInputException.class, () -> SafetensorsFile.open(cut), "cut at " + length);
    }
  }

  @Test
  void mutatedHeadersAreReadOrRefusedButNothingElseHappens() throws IOException {
    byte[] bytes = Files.readAllBytes(TestData.path("golden_models/b_small_one_camera/model.safetensors"));
    int header = 8 + (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    SplittableRandom random = new SplittableRandom(3);
    Path path = directory.resolve("mutated.safetensors");
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] mutated = bytes.clone();
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        mutated[random.nextInt(header)] = "0123456789[]{}:,\"\0 ".getBytes(StandardCharsets.UTF_8)[random.nextInt(19)];
      }
      Files.write(path, mutated);
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertFalse(file.names().isEmpty());
      } catch (BadInputException expected) {
        refused++;
      }
    }
    assertTrue(refused > 2000, "most mutations break the header, " + refused + " were refused");
  }

  @Test
  void halfPrecisionIsConvertedBitForBit() throws IOException {
    // One, minus two, the smallest subnormal, the largest finite value, infinity.
    short[] halves = {0x3c00, (short) 0xc000, 0x0001, 0x7bff, 0x7c00};
    ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(halves);
    ByteBuffer brain = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    brain.putShort(0, (short) (Float.floatToIntBits(1.5f) >> 16)).putShort(2, (short) (Float.floatToIntBits(-3f) >>> 16));
    Path path = directory.resolve("half.safetensors");
    new SafetensorsWriter().add("f16", DType.F16, new long[] {5}, () -> bytes).add("bf16", DType.BF16, new long[] {2}, () -> brain).write(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertArrayEquals(new float[] {1, -2, 0x1p-24f, 65504, Float.POSITIVE_INFINITY}, file.floats("f16"));
      assertArrayEquals(new float[] {1.5f, -3}, file.floats("bf16"));
    }
  }

  @Test
  void tensorsBeyondTwoGigabytesAreReached() throws IOException {
    long filler = 3L << 30;
    String header = "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + filler + "],\"data_offsets\":[0," + filler + "]},"
        + "\"last\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[" + filler + "," + (filler + 4) + "]}}";
    Path path = file(header, 0);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      long start = sparse.length();
      sparse.seek(start + filler);
      sparse.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(42).array());
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertArrayEquals(new float[] {42}, file.floats("last"));
      assertTrue(assertThrows(BadInputException.class, () -> file.bytes("big")).getMessage().contains("2 GB"));
    }
  }
}
