package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that a full disk, a broken copy or an enemy left: read, or refused with a {@link BadInputException}, and nothing else. */
class DamagedFilesTest {
  private static final String[] PIECES = {
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "null", "true", "-1", "1.5", "1e999", "9223372036854775808", "4294967296", "NaN",
    "\"data_offsets\"", "\"shape\"", "\"dtype\"", "\"__metadata__\"", "\"F16\"", "[[[[[[[[[[", "\u00ff", "\0", " ", "{\"a\":{}}"
  };

  @TempDir Path directory;

  /** Inserts, deletes, overwrites, repeats or swaps a part of the text. */
  private static byte[] mutate(byte[] text, SplittableRandom random) {
    byte[] piece = PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.ISO_8859_1);
    int at = random.nextInt(text.length + 1);
    int end = Math.min(text.length, at + random.nextInt(40));
    byte[] part = Arrays.copyOfRange(text, at, end);
    return switch (random.nextInt(5)) {
      case 0 -> join(text, at, piece, at);
      case 1 -> join(text, at, new byte[0], end);
      case 2 -> join(text, at, piece, Math.min(text.length, at + piece.length));
      case 3 -> join(text, end, part, end);
      default -> {
        byte[] flipped = text.clone();
        flipped[Math.min(at, text.length - 1)] ^= (byte) (1 << random.nextInt(8));
        yield flipped;
      }
    };
  }

  private static byte[] join(byte[] text, int head, byte[] piece, int tail) {
    ByteBuffer joined = ByteBuffer.allocate(head + piece.length + text.length - tail);
    return joined.put(text, 0, head).put(piece).put(text, tail, text.length - tail).array();
  }

  @Test
  void mutatedSafetensorsHeadersAreReadOrRefused() throws IOException {
    Path whole = directory.resolve("whole.safetensors");
    new SafetensorsWriter()
        .metadata("format", "pt")
        .addFloats("a.weight", new long[] {2, 3}, () -> new float[6])
        .addFloats("a.bias", new long[] {2}, () -> new float[2])
        .addFloats("scalar", new long[0], () -> new float[1])
        .addFloats("empty", new long[] {0, 7}, () -> new float[0])
        .write(whole);
    byte[] bytes = Files.readAllBytes(whole);
    int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] text = Arrays.copyOfRange(bytes, 8, 8 + header);
    byte[] data = Arrays.copyOfRange(bytes, 8 + header, bytes.length);
    SplittableRandom random = new SplittableRandom(17);
    Path path = directory.resolve("mutated.safetensors");
    int refused = 0;
    for (int i = 0; i < 2500; i++) {
      byte[] mutated = text;
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        mutated = mutate(mutated, random);
      }
      // Half of them with a length that fits the header, so that the checks behind it are reached.
      long length = random.nextBoolean() ? mutated.length : header;
      ByteBuffer file = ByteBuffer.allocate(8 + mutated.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(path, file.putLong(length).put(mutated).put(data).array());
      try (SafetensorsFile opened = SafetensorsFile.open(path)) {
        long bytesOfAll = 0;
        for (String name : opened.names()) {
          SafetensorsFile.Entry entry = opened.entry(name);
          bytesOfAll += entry.end() - entry.begin();
          assertEquals(entry.count() * entry.dtype().bytes(), entry.end() - entry.begin(), name);
          assertEquals(entry.end() - entry.begin(), opened.bytes(name).remaining(), name);
        }
        assertEquals(Files.size(path), 8 + length + bytesOfAll, "every byte of an accepted file belongs to something");
      } catch (BadInputException e) {
        assertTrue(e.getMessage().startsWith(path.toString()) && e.getMessage().length() < 2000, e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 1500 && refused < 2500, refused + " were refused");
  }

  @Test
  void mutatedConfigurationsAreReadOrRefused() throws IOException {
    byte[] text = Files.readAllBytes(TestData.path("golden_models/c_three_cameras_no_padding/config.json"));
    SplittableRandom random = new SplittableRandom(19);
    Path path = directory.resolve("config.json");
    int refused = 0;
    for (int i = 0; i < 2500; i++) {
      byte[] mutated = text;
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        mutated = mutate(mutated, random);
      }
      Files.write(path, mutated);
      try {
        FlowMatchingConfig config = FlowMatchingConfig.parse(path.toString(), JsonFile.read(path));
        assertTrue(config.actionDim() > 0 && config.chunkLength() > 0);
      } catch (BadInputException e) {
        assertTrue(e.getMessage().startsWith(path.toString()) && e.getMessage().length() < 2000, e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 1200 && refused < 2500, refused + " were refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{} {}", "{}]", "{},", "{}x", "{\"a\": 1} 2"})
  void whatComesAfterTheObjectIsRefused(String text) throws IOException {
    Path json = directory.resolve("x.json");
    Files.writeString(json, text);
    assertThrows(BadInputException.class, () -> JsonFile.read(json));
    Path weights = directory.resolve("x.safetensors");
    byte[] header = text.getBytes(StandardCharsets.UTF_8);
    Files.write(weights, ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).array());
    assertThrows(BadInputException.class, () -> SafetensorsFile.open(weights));
  }

  @Test
  void aNestingThatWouldOverflowTheStackIsRefused() throws IOException {
    Path json = directory.resolve("x.json");
    Files.writeString(json, "{\"a\": " + "[".repeat(200_000) + "]".repeat(200_000) + "}");
    assertThrows(BadInputException.class, () -> JsonFile.read(json));
  }

  @Test
  void aDirectoryInAFilesPlaceIsRefused() {
    assertThrows(BadInputException.class, () -> SafetensorsFile.open(directory));
    assertThrows(BadInputException.class, () -> JsonFile.read(directory));
  }

  @Test
  void aNumberTooLargeForJsonsReadersIsRefused() throws IOException {
    Path json = directory.resolve("x.json");
    Files.writeString(json, "{\"a\": " + "9".repeat(100_000) + "}");
    assertThrows(BadInputException.class, () -> JsonFile.read(json));
  }
}
