package flowmatching.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import flowmatching.checkpoint.SafetensorsFile.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked: every tensor lies inside the file, has the bytes that its shape needs, none overlap,
 * no name comes twice, no byte is left over.
 *
 * @param entries by name, in the order of the file
 * @param metadata the {@code __metadata__} object
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
  /**
   * Room for 100,000 tensors; a larger length is a damaged or hostile file. The reference implementation allows 100 MB, which parsed
   * take gigabytes.
   */
  private static final long MAX_HEADER_BYTES = 16 << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
              .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  static SafetensorsHeader read(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw new BadInputException(path + ": truncated: a safetensors file has at least 8 bytes, found " + size);
    }
    long length = readFully(channel, 0, 8).getLong();
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw new BadInputException(
          path + ": not a safetensors file: header length must be at most " + MAX_HEADER_BYTES + ", found " + Long.toUnsignedString(length));
    }
    if (8 + length > size) {
      throw new BadInputException(path + ": truncated: header needs " + (8 + length) + " bytes, the file has " + size);
    }
    JsonNode json;
    try {
      json = JSON.readTree(readFully(channel, 8, (int) length).array());
    } catch (JsonProcessingException e) {
      throw new BadInputException(path + ": header is not valid JSON: " + e.getOriginalMessage(), e);
    }
    if (json == null || !json.isObject()) {
      throw new BadInputException(path + ": header must be a JSON object");
    }
    return parse(path, json, 8 + length, size);
  }

  private static ByteBuffer readFully(FileChannel channel, long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file ends at byte " + (position + buffer.position()));
      }
    }
    return buffer.flip();
  }

  private static SafetensorsHeader parse(Path path, JsonNode json, long dataStart, long fileSize) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    json.properties().forEach(field -> {
      if (field.getKey().equals("__metadata__")) {
        field.getValue().properties().forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
      } else {
        entries.put(field.getKey(), entry(path, field.getKey(), field.getValue(), dataStart, fileSize));
      }
    });
    checkContiguous(path, entries, dataStart, fileSize);
    return new SafetensorsHeader(entries, metadata);
  }

  private static Entry entry(Path path, String name, JsonNode json, long dataStart, long fileSize) {
    String where = path + ": tensor '" + name + "': ";
    DType dtype;
    try {
      dtype = DType.valueOf(json.path("dtype").asText());
    } catch (IllegalArgumentException e) {
      throw new BadInputException(where + "unknown dtype " + json.path("dtype"));
    }
    JsonNode sizes = json.path("shape");
    JsonNode offsets = json.path("data_offsets");
    if (!sizes.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw new BadInputException(where + "needs 'shape' and two 'data_offsets', found " + shorten(json));
    }
    long[] shape = new long[sizes.size()];
    long count = 1;
    try {
      for (int i = 0; i < shape.length; i++) {
        shape[i] = integer(where, sizes.get(i));
        count = Math.multiplyExact(count, shape[i]);
      }
      count = Math.multiplyExact(count, dtype.bytes());
    } catch (ArithmeticException e) {
      throw new BadInputException(where + "shape " + shorten(sizes) + " is too large");
    }
    long begin = integer(where, offsets.get(0));
    long end = integer(where, offsets.get(1));
    if (begin > end || end > fileSize - dataStart) {
      throw new BadInputException(
          where + "truncated or damaged: data_offsets " + offsets + " do not lie in the " + (fileSize - dataStart) + " bytes of data");
    }
    if (end - begin != count) {
      throw new BadInputException(
          where + "shape " + shorten(sizes) + " of " + dtype + " needs " + count + " bytes, data_offsets give " + (end - begin));
    }
    return new Entry(name, dtype, shape, dataStart + begin, dataStart + end);
  }

  private static long integer(String where, JsonNode json) {
    if (!json.isIntegralNumber() || !json.canConvertToLong() || json.longValue() < 0) {
      throw new BadInputException(where + "sizes and offsets must be whole numbers of at least 0, found " + shorten(json));
    }
    return json.longValue();
  }

  private static String shorten(JsonNode json) {
    String text = json.toString();
    return text.length() <= 120 ? text : text.substring(0, 120) + "...";
  }

  private static void checkContiguous(Path path, Map<String, Entry> entries, long dataStart, long fileSize) {
    List<Entry> byPlace = new ArrayList<>(entries.values());
    byPlace.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long expected = dataStart;
    String before = "the header";
    for (Entry entry : byPlace) {
      if (entry.begin() != expected) {
        String what = entry.begin() < expected ? "overlaps" : "leaves a gap after";
        throw new BadInputException(path + ": tensor '" + entry.name() + "' " + what + " " + before);
      }
      expected = entry.end();
      before = "'" + entry.name() + "'";
    }
    if (expected != fileSize) {
      throw new BadInputException(path + ": " + (fileSize - expected) + " bytes are left over after " + before);
    }
  }
}
