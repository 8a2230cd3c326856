package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What LeRobot 0.6.1 reads is read, also where other writers, older versions or the place of the set make it look otherwise. */
class ForeignSetsTest {
  private static final String TOP = "observation.images.top";

  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void copy() {
    root = copy("reach_v30_image", "set");
  }

  private Path copy(String name, String to) {
    BrokenSets.copy(TestData.path("datasets/" + name), directory.resolve(to));
    return directory.resolve(to);
  }

  private ObjectNode feature(ObjectNode info, String key) {
    return info.withObject("features").withObject(key);
  }

  /** Some items of the set are those that it had before it was changed. */
  private void assertItemsAreTheSame() {
    assertItemsAreAsIn("reach_v30_image");
  }

  private void assertItemsAreAsIn(String original) {
    try (LeRobotDataset expected = LeRobotDataset.open(TestData.path("datasets/" + original)); LeRobotDataset found = LeRobotDataset.open(root)) {
      assertEquals(expected.size(), found.size());
      for (int i = 0; i < expected.size(); i += 27) {
        Item a = expected.item(i);
        Item b = found.item(i);
        assertEquals(a.task(), b.task());
        assertArrayEquals(a.values().get("action"), b.values().get("action"));
        assertArrayEquals(a.images().get(TOP).get(0).pixels(), b.images().get(TOP).get(0).pixels());
      }
    }
  }

  /** Pandas calls an index without a name so; LeRobot wrote its tasks that way at first. */
  @Test
  void tasksWhoseColumnHasNoNameAreRead() {
    BrokenSets.rewrite(root.resolve("meta/tasks.parquet"), "SELECT task_index, task AS __index_level_0__ FROM %s");
    assertItemsAreTheSame();
  }

  /** The recorder of LeRobot's gym_manipulator and the converters of openpi write them so. */
  @ParameterizedTest
  @CsvSource({"channels", "channel"})
  void picturesWhoseChannelsComeFirstAreRead(String channels) {
    BrokenSets.editInfo(root, info -> {
      feature(info, TOP).putArray("shape").add(3).add(96).add(96);
      feature(info, "observation.images.side").putArray("shape").add(3).add(96).add(128);
      for (String key : List.of(TOP, "observation.images.side")) {
        feature(info, key).putArray("names").add(channels).add("height").add("width");
      }
    });
    assertItemsAreTheSame();
    assertEquals(List.of(96, 128, 3), DatasetInfo.read(root).feature("observation.images.side").shape());
  }

  @Test
  void namesAreThoseOfTheValuesOrNone() {
    BrokenSets.editInfo(root, info -> {
      ArrayNode names = (ArrayNode) feature(info, "action").get("names");
      feature(info, "action").putArray("names").add(names);
      feature(info, "observation.state").putArray("names").add("state");
    });
    DatasetInfo info = DatasetInfo.read(root);
    assertEquals(List.of("joint_1", "joint_2", "joint_3", "joint_4", "joint_5", "joint_6", "gripper"), info.feature("action").names());
    assertEquals(List.of(), info.feature("observation.state").names(), "one name for all values is the name of none");
    assertItemsAreTheSame();
  }

  /** LeRobot 0.6.1 keeps those of a matrix's columns, of all rows together; older versions keep truth values as such. */
  @Test
  void statisticsOfMatricesAndOfTruthValuesAreRead() throws IOException {
    BrokenSets.rewrite(
        root.resolve("data/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number), [[1, 2, 3], [4, 5, file_row_number]]::FLOAT[][] AS matrix, file_row_number = 189 AS \"next.done\" FROM %s");
    BrokenSets.editInfo(root, info -> {
      feature(info, "matrix").put("dtype", "float32").putArray("shape").add(2).add(3);
      feature(info, "next.done").put("dtype", "bool").putArray("shape").add(1);
    });
    ObjectNode stats = JsonFile.read(root.resolve("meta/stats.json"));
    stats.withObject("matrix").putArray("min").add(1).add(2).add(0);
    stats.withObject("next.done").putArray("max").add(true);
    JsonFile.write(root.resolve("meta/stats.json"), stats);
    assertItemsAreTheSame();
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertArrayEquals(new float[] {1, 2, 0, 1, 2, 0}, dataset.statistics().byFeature().get("matrix").get("min"));
      assertArrayEquals(new float[] {1}, dataset.statistics().byFeature().get("next.done").get("max"));
    }
  }

  /** DuckDB takes such a directory for a column of every table in it. */
  @ParameterizedTest
  @CsvSource({"task=push", "action=push", "index=3"})
  void aDirectoryWhoseNameHasAnEqualsSignIsADirectory(String name) {
    root = copy("reach_v30_image", name + "/set");
    assertItemsAreTheSame();
  }

  @ParameterizedTest
  @CsvSource({"meta", "meta/episodes", "meta/episodes/chunk-000", "data", "data/chunk-000"})
  void aDirectoryMayBeALink(String name) throws IOException {
    Path moved = directory.resolve("elsewhere");
    Files.move(root.resolve(name), moved);
    Files.createSymbolicLink(root.resolve(name), moved);
    assertItemsAreTheSame();
  }

  @Test
  void whereFilesAreMayBeLeftToTheFormat() {
    BrokenSets.editInfo(root, info -> info.remove(List.of("chunks_size", "data_path", "video_path")));
    assertItemsAreTheSame();
    root = copy("reach_v30_video", "videos");
    BrokenSets.editInfo(root, info -> info.remove(List.of("chunks_size", "data_path", "video_path")));
    assertItemsAreAsIn("reach_v30_video");
  }

  /** LeRobot's convert_image_to_video writes such. */
  @Test
  void episodesMayNameNoTasks() {
    BrokenSets.rewrite(root.resolve("meta/episodes/chunk-000/file-000.parquet"), "SELECT * EXCLUDE (file_row_number, tasks) FROM %s");
    assertItemsAreTheSame();
  }

  @Test
  void columnsOfEpisodesThatOnlyLookLikeStatisticsAreLeftOut() {
    BrokenSets.rewrite(root.resolve("meta/episodes/chunk-000/file-000.parquet"), "SELECT * EXCLUDE (file_row_number), 1 AS \"stats/version\", 2 AS \"stats/\" FROM %s");
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertEquals(6, dataset.episodeStatistics().size());
    }
  }

  /** LeRobot's converter sorts them. */
  @Test
  void theLinesOfTheOldVersionMayComeInAnyOrder() throws IOException {
    root = copy("reach_v21_video", "old");
    List<FeatureStatistics> before;
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      before = dataset.episodeStatistics();
    }
    for (String name : List.of("episodes", "tasks", "episodes_stats")) {
      List<String> lines = new ArrayList<>(Files.readAllLines(root.resolve("meta/" + name + ".jsonl")));
      Collections.reverse(lines);
      Files.write(root.resolve("meta/" + name + ".jsonl"), lines);
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(root); LeRobotDataset same = LeRobotDataset.open(TestData.path("datasets/reach_v21_video"))) {
      assertEquals(same.tasks(), dataset.tasks());
      assertEquals(same.episodes().stream().map(Episode::length).toList(), dataset.episodes().stream().map(Episode::length).toList());
      for (int episode = 0; episode < before.size(); episode++) {
        double[] expected = before.get(episode).byFeature().get("index").get("min");
        assertArrayEquals(expected, dataset.episodeStatistics().get(episode).byFeature().get("index").get("min"), "episode " + episode);
      }
    }
  }

  @Test
  void aLengthThatNoTableHasIsRefusedBeforeItIsAllocated() {
    BrokenSets.rewrite(root.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (2000000000 AS length, 2000000000 AS dataset_to_index) FROM %s WHERE episode_index = 0");
    BrokenSets.editInfo(root, info -> info.put("total_episodes", 1).put("total_frames", 2_000_000_000));
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      String message = assertThrows(BadInputException.class, () -> dataset.item(0)).getMessage();
      assertTrue(message.contains("expected 2000000000 rows for episodes 0 to 0, found 28"), message);
    }
  }
}
