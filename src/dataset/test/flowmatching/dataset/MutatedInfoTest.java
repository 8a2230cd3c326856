package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A set whose info.json lies in any way is read or refused; nothing else comes out, within bounded time and memory. */
class MutatedInfoTest {
  private static final String[] VALUES = {
    "null", "true", "-1", "0", "7", "65535", "65536", "2147483647", "1e300", "99999999999999999999", "\"\"", "\"x\"", "\"../x\"", "\"/x\"",
    "\"\\u0000\"", "\"%s%n\"", "\"{x}\"", "\"{chunk_index:099999999999d}\"", "\"video\"", "\"image\"", "\"int64\"", "\"v2.1\"", "[]", "{}", "[7]",
    "[65535, 65535]", "[65535, 65535, 3]", "[[1]]",
  };

  @TempDir Path root;
  private Path file;

  @BeforeEach
  void copy() {
    BrokenSets.copy(TestData.path("datasets/reach_v30_image"), root);
    file = root.resolve("meta/info.json");
  }

  @Test
  void mutatedValues() throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode whole = JsonFile.read(file);
    SplittableRandom random = new SplittableRandom(7);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      JsonNode mutated = whole.deepCopy();
      for (int k = random.nextInt(1, 3); k > 0; k--) {
        mutate(mutated, json.readTree(VALUES[random.nextInt(VALUES.length)]), random);
      }
      refused += isRefused(json.writeValueAsBytes(mutated)) ? 1 : 0;
    }
    assertTrue(refused > 100 && refused < 400, refused + " of 400 were refused");
  }

  @Test
  void mutatedBytes() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(8);
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] mutated = whole.clone();
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(i % 2 == 0 ? 256 : 128);
      refused += isRefused(mutated) ? 1 : 0;
    }
    assertTrue(refused > 100 && refused < 400, refused + " of 400 were refused");
  }

  private boolean isRefused(byte[] info) throws IOException {
    Files.write(file, info);
    return assertTimeout(Duration.ofSeconds(20), () -> {
      try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
        dataset.item(dataset.size() / 2);
        return false;
      } catch (BadInputException e) {
        return true;
      }
    });
  }

  private static void mutate(JsonNode node, JsonNode value, SplittableRandom random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(node, containers);
    JsonNode container = containers.get(random.nextInt(containers.size()));
    if (container instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      object.set(names.get(random.nextInt(names.size())), value);
    } else if (container instanceof ArrayNode array) {
      array.set(random.nextInt(array.size()), value);
    }
  }

  private static void collect(JsonNode node, List<JsonNode> into) {
    if (!node.isEmpty()) {
      into.add(node);
    }
    node.forEach(child -> collect(child, into));
  }
}
