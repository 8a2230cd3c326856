package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.image.RgbImage;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Items are those that LeRobot returned: numbers exact, pictures byte for byte. */
class GoldenItemsTest {
  @ParameterizedTest
  @CsvSource({"reach_v30_image, chunk50", "reach_v30_image, history", "reach_v30_video, chunk50", "reach_v30_video, history"})
  void itemsAreThoseOfLeRobot(String set, String window) {
    String name = "golden_items/" + set + "." + window + ".pyav";
    JsonNode golden = JsonFile.read(TestData.path(name + ".json"));
    DeltaTimestamps deltas = DeltaTimestamps.ofSeconds(seconds(golden), 10, ReadOptions.TOLERANCE);
    try (LeRobotDataset dataset = LeRobotDataset.open(TestData.path("datasets/" + set), deltas);
        SafetensorsFile tensors = SafetensorsFile.open(TestData.path(name + ".safetensors"))) {
      assertEquals(golden.path("len").intValue(), dataset.size());
      assertEquals(golden.path("num_episodes").intValue(), dataset.episodes().size());
      for (JsonNode expected : golden.path("items")) {
        compare(expected, tensors, dataset.item(expected.path("idx").intValue()));
      }
    }
  }

  private static Map<String, double[]> seconds(JsonNode golden) {
    Map<String, double[]> seconds = new HashMap<>();
    golden.path("delta_timestamps").properties().forEach(e -> {
      double[] offsets = new double[e.getValue().size()];
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = e.getValue().get(i).doubleValue();
      }
      seconds.put(e.getKey(), offsets);
    });
    return seconds;
  }

  private static void compare(JsonNode expected, SafetensorsFile tensors, Item item) {
    assertEquals(expected.path("task").textValue(), item.task());
    String prefix = item.index() + ".";
    for (Map.Entry<String, JsonNode> tensor : expected.path("tensors").properties()) {
      String key = tensor.getKey();
      String stored = tensor.getValue().path("stored_as").textValue();
      switch (key) {
        case "timestamp" -> assertEquals(tensors.floats(stored)[0], item.timestamp());
        case "frame_index" -> assertEquals(tensors.bytes(stored).getLong(), item.frame());
        case "episode_index" -> assertEquals(tensors.bytes(stored).getLong(), item.episode());
        case "index" -> assertEquals(tensors.bytes(stored).getLong(), item.index());
        case "task_index" -> assertEquals(tensors.bytes(stored).getLong(), item.taskIndex());
        default -> {
          if (key.endsWith("_is_pad")) {
            assertPad(tensors.bytes(stored), item.isPad().get(key.substring(0, key.length() - "_is_pad".length())));
          } else if (stored.endsWith(".u8")) {
            assertImages(prefix + key, tensors.bytes(stored), item.images().get(key));
          } else {
            assertArrayEquals(tensors.floats(stored), item.values().get(key), 0f, prefix + key);
          }
        }
      }
    }
  }

  private static void assertPad(ByteBuffer expected, boolean[] found) {
    assertEquals(expected.remaining(), found.length);
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected.get(i) != 0, found[i], "step " + i);
    }
  }

  private static void assertImages(String what, ByteBuffer planes, List<RgbImage> images) {
    byte[] expected = new byte[planes.remaining()];
    planes.get(expected);
    byte[] found = new byte[expected.length];
    int at = 0;
    for (RgbImage image : images) {
      for (int channel = 0; channel < 3; channel++) {
        for (int i = channel; i < image.pixels().length; i += 3) {
          found[at++] = image.pixels()[i];
        }
      }
    }
    assertArrayEquals(expected, found, what);
  }
}
