package flowmatching.dataset.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.BrokenSets;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionToV30Test {
  private static final Path OLD = TestData.path("datasets/reach_v21_video");

  @TempDir Path directory;

  @Test
  void everyItemIsTheSame() throws IOException {
    Path converted = directory.resolve("new");
    List<Integer> progress = new ArrayList<>();
    ConversionToV30.convert(OLD, converted, progress::add);
    assertEquals(List.of(6), progress);
    try (LeRobotDataset before = LeRobotDataset.open(OLD); LeRobotDataset after = LeRobotDataset.open(converted)) {
      assertEquals(DatasetInfo.V30, after.info().version());
      assertEquals(before.size(), after.size());
      assertEquals(before.tasks(), after.tasks());
      assertEquals(before.info().features(), after.info().features());
      for (int i = 0; i < before.size(); i++) {
        assertSame(before.item(i), after.item(i));
      }
      assertEquals(before.statistics().byFeature().keySet(), after.statistics().byFeature().keySet());
      before.statistics().byFeature().forEach((key, statistics) -> statistics.forEach((name, values) ->
          assertArrayEquals(values, after.statistics().byFeature().get(key).get(name), key + " " + name)));
    }
    JsonNode info = JsonFile.read(converted.resolve("meta/info.json"));
    assertFalse(info.has("total_chunks") || info.has("total_videos"));
    assertEquals("0:6", info.path("splits").path("train").textValue());
  }

  private static void assertSame(Item before, Item after) {
    assertEquals(before.episode(), after.episode());
    assertEquals(before.frame(), after.frame());
    assertEquals(before.timestamp(), after.timestamp());
    assertEquals(before.task(), after.task());
    before.values().forEach((key, values) -> assertArrayEquals(values, after.values().get(key)));
    before.integers().forEach((key, values) -> assertArrayEquals(values, after.integers().get(key)));
    before.images().forEach((key, images) -> assertArrayEquals(images.get(0).pixels(), after.images().get(key).get(0).pixels()));
  }

  @Test
  void leRobotLoadsIt() throws IOException, InterruptedException {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
    Path converted = directory.resolve("new");
    ConversionToV30.convert(OLD, converted, done -> {});
    JsonNode read = LeRobotReadsTest.read(converted);
    try (LeRobotDataset dataset = LeRobotDataset.open(OLD)) {
      assertEquals(dataset.size(), read.path("frames").intValue());
      for (int i = 0; i < dataset.size(); i++) {
        Item item = dataset.item(i, List.of());
        JsonNode found = read.path("items").path(String.valueOf(i));
        assertEquals(item.task(), found.path("task").textValue());
        for (int k = 0; k < item.values().get("observation.state").length; k++) {
          assertEquals(item.values().get("observation.state")[k], found.path("observation.state").get(k).floatValue());
        }
        assertEquals("[3,96,96]", found.path("observation.images.top").path("shape").toString());
      }
    }
  }

  /** Converts the set and adds an episode of one frame. */
  private Path goneOnWith() throws IOException {
    Path converted = directory.resolve("new");
    ConversionToV30.convert(OLD, converted, done -> {});
    try (LeRobotDataset dataset = LeRobotDataset.open(converted)) {
      DatasetSpec spec = new DatasetSpec(10, "arm", dataset.info().features().values().stream().filter(f -> f.isVisual() || f.size() > 1).toList());
      Item item = dataset.item(7);
      try (DatasetWriter writer = DatasetWriter.open(converted, spec)) {
        writer.addFrame(item.values(), Map.of(
            "observation.images.top", item.images().get("observation.images.top").get(0),
            "observation.images.side", item.images().get("observation.images.side").get(0)));
        writer.saveEpisode("something new");
      }
    }
    return converted;
  }

  @Test
  void aConvertedSetIsGoneOnWith() throws IOException {
    try (LeRobotDataset dataset = LeRobotDataset.open(goneOnWith())) {
      assertEquals(7, dataset.episodes().size());
      assertEquals("something new", dataset.item(dataset.size() - 1).task());
      assertEquals(dataset.size(), dataset.statistics().byFeature().get("action").get("count")[0]);
      assertEquals(7, dataset.episodeStatistics().size());
    }
  }

  @Test
  void leRobotLoadsAConvertedSetThatWasGoneOnWith() throws IOException, InterruptedException {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
    assertEquals(7, LeRobotReadsTest.read(goneOnWith()).path("lengths").size());
  }

  @Test
  void whatCannotBeConvertedLeavesNothing() throws IOException {
    Path target = directory.resolve("new");
    Path v30 = TestData.path("datasets/reach_v30_image");
    assertTrue(assertThrows(BadInputException.class, () -> ConversionToV30.convert(v30, target, done -> {})).getMessage().contains("expected v2.1"));
    Path empty = directory.resolve("empty");
    KilledRecordingTest.copy(OLD.resolve("meta"), empty.resolve("meta"));
    BrokenSets.editInfo(empty, info -> info.put("total_episodes", 0).put("total_frames", 0));
    Files.writeString(empty.resolve("meta/episodes.jsonl"), "");
    Files.writeString(empty.resolve("meta/episodes_stats.jsonl"), "");
    assertTrue(assertThrows(BadInputException.class, () -> ConversionToV30.convert(empty, target, done -> {})).getMessage().contains("at least 1, found 0"));
    Path broken = directory.resolve("broken");
    KilledRecordingTest.copy(OLD, broken);
    Files.delete(broken.resolve("videos/chunk-000/observation.images.side/episode_000004.mp4"));
    assertTrue(assertThrows(BadInputException.class, () -> ConversionToV30.convert(broken, target, done -> {})).getMessage().contains("no such file"));
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(Set.of(broken, empty), left.collect(Collectors.toSet()));
    }
    Files.createDirectories(target);
    assertTrue(assertThrows(BadInputException.class, () -> ConversionToV30.convert(OLD, target, done -> {})).getMessage().contains("not there yet"));
  }
}
