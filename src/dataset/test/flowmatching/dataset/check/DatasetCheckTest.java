package flowmatching.dataset.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.BrokenSets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetCheckTest {
  private static final String ROWS = "SELECT * EXCLUDE (file_row_number, r) REPLACE (%s) FROM (SELECT *, file_row_number AS r FROM %%s) ORDER BY r";

  @TempDir Path directory;
  private Path images;
  private Path videos;
  private Path old;

  @BeforeEach
  void copy() {
    images = copy("reach_v30_image");
    videos = copy("reach_v30_video");
    old = copy("reach_v21_video");
  }

  private Path copy(String name) {
    BrokenSets.copy(TestData.path("datasets/" + name), directory.resolve(name));
    return directory.resolve(name);
  }

  private static List<String> defects(Path root) {
    return DatasetCheck.check(root, done -> {}).defects();
  }

  /** Exactly these defects, each with all of its words, and nothing else. */
  private static void assertDefects(Path root, String... expected) {
    List<String> found = defects(root);
    List<String> left = new ArrayList<>(found);
    for (String words : expected) {
      String match = left.stream().filter(defect -> List.of(words.split(" \\* ")).stream().allMatch(defect::contains)).findFirst().orElse(null);
      assertTrue(left.remove(match), "no '" + words + "' in\n" + String.join("\n", found));
    }
    assertEquals(List.of(), left);
  }

  private static Path data(Path root) {
    return root.resolve("data/chunk-000/file-000.parquet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reach_v30_image", "reach_v30_video", "reach_v30_h264", "reach_v21_video"})
  void aSoundSetHasNoDefectAndEveryPictureIsLookedAt(String name) {
    List<Integer> progress = new ArrayList<>();
    Findings findings = DatasetCheck.check(TestData.path("datasets/" + name), progress::add);
    assertEquals(List.of(), findings.defects());
    assertEquals(List.of(), findings.notes());
    assertEquals(2 * 190, progress.size());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "total_episodes | 7 | total_episodes * are 6, found 7",
    "total_frames | 191 | total_frames * 190, found 191",
    "total_tasks | 3 | total_tasks * 2, found 3",
  })
  void aWrongCountIsTold(String key, int value, String expected) {
    BrokenSets.editInfo(images, info -> info.put(key, value));
    assertDefects(images, expected);
  }

  @Test
  void anUnreadableInfoIsTheOnlyDefect() throws IOException {
    Files.writeString(images.resolve("meta/info.json"), "{");
    assertDefects(images, "meta/info.json: not valid JSON");
    Files.delete(images.resolve("meta/info.json"));
    assertDefects(images, "meta/info.json: no such file");
  }

  @Test
  void missingFilesAreAllTold() throws IOException {
    Files.delete(videos.resolve("videos/observation.images.top/chunk-000/file-000.mp4"));
    Files.delete(videos.resolve("videos/observation.images.side/chunk-000/file-000.mp4"));
    Files.delete(data(videos));
    Files.delete(videos.resolve("meta/tasks.parquet"));
    Files.delete(videos.resolve("meta/stats.json"));
    List<String> found = defects(videos);
    for (String file : List.of("observation.images.top/chunk-000/file-000.mp4: no such file", "observation.images.side/chunk-000/file-000.mp4: no such file",
        "data/chunk-000/file-000.parquet: no such file", "meta/tasks.parquet: no such file", "stats.json: 'action': has no statistics")) {
      assertTrue(found.stream().anyMatch(defect -> defect.contains(file)), file + " in\n" + String.join("\n", found));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
    "CAST(timestamp + 0.02 AS FLOAT) AS timestamp | row 0: timestamp * (and 189 more rows) # 'timestamp': * min[0]",
    "CASE WHEN r = 30 THEN 99 ELSE frame_index END AS frame_index | row 30: frame_index: expected 2, found 99 # 'frame_index': max[0]",
    "CASE WHEN r = 31 THEN 0 ELSE index END AS index | row 31: index: expected 31, found 0",
    "CASE WHEN r > 187 THEN 9 ELSE task_index END AS task_index | row 188: task_index: expected 0 to 1, found 9 (and 1 more rows)",
    "[action[1], 'nan'::FLOAT, action[3], action[4], action[5], action[6], action[7]] AS action | row 0: 'action': expected finite numbers, found NaN (and 189 more)",
    "CASE WHEN r = 40 THEN action[1:3] ELSE action[:] END AS action | row 40: 'action': expected 7 values, found 3",
    "CASE WHEN r = 50 THEN NULL ELSE action END AS action | row 50: 'action': expected 7 values, found none",
    "CASE WHEN r = 60 THEN {'bytes': 'no picture'::BLOB, 'path': 'x'} ELSE \"observation.images.top\" END AS \"observation.images.top\" | row 60: 'observation.images.top' * PNG or JPEG",
    "list_transform(\"observation.state\", lambda x: x + 1) AS \"observation.state\" | 'observation.state': min[0]: the data has",
  })
  void wrongRowsAreToldWithTheirNumber(String change, String expected) {
    BrokenSets.rewrite(data(images), String.format(ROWS, change));
    List<String> found = defects(images);
    for (String words : expected.split(" # ")) {
      assertTrue(found.stream().anyMatch(defect -> List.of(words.split(" \\* ")).stream().allMatch(defect::contains)), words + " in\n" + String.join("\n", found));
    }
  }

  @Test
  void aTableOfAnotherLengthIsTold() {
    BrokenSets.rewrite(data(images), "SELECT * EXCLUDE (file_row_number) FROM %s WHERE file_row_number < 180 ORDER BY file_row_number");
    assertDefects(images, "expected 190 rows for episodes 0 to 5, found 180");
  }

  @Test
  void aMissingColumnIsTold() {
    BrokenSets.rewrite(data(images), "SELECT * EXCLUDE (file_row_number, action) FROM %s ORDER BY file_row_number");
    List<String> found = defects(images);
    assertTrue(found.get(0).contains("column 'action' is missing"), found.toString());
  }

  @Test
  void everyDefectIsToldNotOnlyTheFirst() throws IOException {
    BrokenSets.rewrite(data(images), String.format(ROWS, "CASE WHEN r = 30 THEN 99 ELSE frame_index END AS frame_index, CASE WHEN r = 7 THEN 5 ELSE episode_index END AS episode_index, "
        + "CASE WHEN r = 60 THEN {'bytes': 'x'::BLOB, 'path': 'x'} ELSE \"observation.images.side\" END AS \"observation.images.side\""));
    BrokenSets.editInfo(images, info -> info.put("total_tasks", 5));
    ObjectNode stats = JsonFile.read(images.resolve("meta/stats.json"));
    ((ArrayNode) stats.path("action").path("mean")).set(2, 17);
    JsonFile.write(images.resolve("meta/stats.json"), stats);
    List<String> found = defects(images);
    for (String words : List.of("total_tasks", "row 30: frame_index", "row 7: episode_index", "row 60: 'observation.images.side'", "'action': mean[2]")) {
      assertTrue(found.stream().anyMatch(defect -> defect.contains(words)), words + " in\n" + String.join("\n", found));
    }
  }

  @Test
  void aVideoThatIsTooShortLacksItsLastFrames() throws IOException {
    Path top = old.resolve("videos/chunk-000/observation.images.top");
    Files.copy(top.resolve("episode_000003.mp4"), top.resolve("episode_000005.mp4"), StandardCopyOption.REPLACE_EXISTING);
    assertDefects(old,
        "episode_000005.mp4: 'observation.images.top': expected 6.000 s of video for episodes 5 to 5, found 2.000 s",
        "episode_000005.mp4: expected a frame at 2.0 s * episode 5, frame 20) (and 39 more frames)");
  }

  @Test
  void anEpisodeOfBillionsOfFramesIsNotLookedAtFrameByFrame() {
    BrokenSets.rewrite(videos.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (IF(episode_index = 5, 2000000000, length) AS length) FROM %s");
    List<String> found = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> defects(videos));
    for (String words : List.of("found episode 5 of length 2000000000 from 130 to 190", "episode 5, frame 60) (and 1999999939 more frames)")) {
      assertTrue(found.stream().anyMatch(defect -> defect.contains(words)), words + " in\n" + String.join("\n", found));
    }
  }

  @Test
  void aVideoThatIsTooLongIsTold() throws IOException {
    Path top = old.resolve("videos/chunk-000/observation.images.top");
    Files.copy(top.resolve("episode_000005.mp4"), top.resolve("episode_000003.mp4"), StandardCopyOption.REPLACE_EXISTING);
    assertDefects(old, "episode_000003.mp4: 'observation.images.top': expected 2.000 s of video for episodes 3 to 3, found 6.000 s");
  }

  @Test
  void aDamagedVideoIsTold() throws IOException {
    Path file = videos.resolve("videos/observation.images.side/chunk-000/file-000.mp4");
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 3000, (byte) 0x55);
    Files.write(file, bytes);
    List<String> found = defects(videos);
    assertTrue(found.stream().anyMatch(defect -> defect.contains("file-000.mp4") && defect.contains("'observation.images.side', episode")), String.join("\n", found));
  }

  @Test
  void anEpisodeThatBeginsElsewhereInTheVideoIsTold() {
    BrokenSets.rewrite(videos.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (CASE WHEN episode_index = 2 THEN 0.0 ELSE \"videos/observation.images.top/from_timestamp\" END "
            + "AS \"videos/observation.images.top/from_timestamp\") FROM %s ORDER BY file_row_number");
    assertDefects(videos,
        "'observation.images.top': expected episode 2 from 5.200 s, found from 0.000 s",
        "'observation.images.top': expected episode 3 from 3.200 s, found from 8.400 s");
  }

  @Test
  void episodesWithTasksThatAreNotListedAreToldOnce() {
    BrokenSets.rewrite(images.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (IF(episode_index > 1, ['another', 'other'], tasks) AS tasks) FROM %s");
    assertDefects(images, "meta: episode 2: expected one of the set's 2 tasks, found 'another' (and 3 more episodes)");
  }

  @Test
  void tasksWithoutAnIndexForPandasAreTold() {
    BrokenSets.rewrite(images.resolve("meta/tasks.parquet"), "SELECT * EXCLUDE (file_row_number) FROM %s ORDER BY task_index");
    assertDefects(images, "meta/tasks.parquet: metadata 'pandas': expected index_columns [\"task\"], found none");
  }

  @Test
  void tasksWhoseIndexHasNoNameAreSound() {
    BrokenSets.rewrite(images.resolve("meta/tasks.parquet"), "SELECT task_index, task AS __index_level_0__ FROM %s ORDER BY task_index",
        ", KV_METADATA {pandas: '{\"index_columns\": [\"__index_level_0__\"]}'}");
    assertDefects(images);
  }

  /** As LeRobot's delete, split and merge leave them. */
  @ParameterizedTest
  @ValueSource(strings = {"index", "episode_index", "task_index"})
  void oldStatisticsOfRowNumbersAreNoDefect(String key) throws IOException {
    Path file = old.resolve("meta/episodes_stats.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    for (int i = 0; i < lines.size(); i++) {
      ObjectNode line = (ObjectNode) new ObjectMapper().readTree(lines.get(i));
      ObjectNode statistics = (ObjectNode) line.get("stats").get(key);
      for (String name : List.of("min", "max", "mean")) {
        ((ArrayNode) statistics.get(name)).set(0, statistics.get(name).get(0).asDouble() + 100);
      }
      lines.set(i, line.toString());
    }
    Files.write(file, lines);
    assertEquals(List.of(), defects(old));
  }

  /** Depth maps have one channel, and statistics in a unit of their own. */
  @Test
  void picturesOfOneChannelAreNotComparedWithStatisticsOfThree() throws IOException {
    BrokenSets.editInfo(images, info -> info.withObject("features").withObject("observation.images.top").putArray("shape").add(96).add(96).add(1));
    ObjectNode stats = JsonFile.read(images.resolve("meta/stats.json"));
    stats.withObject("observation.images.top").properties().forEach(statistic -> {
      ArrayNode values = (ArrayNode) statistic.getValue();
      while (values.size() > 1) {
        values.remove(1);
      }
    });
    JsonFile.write(images.resolve("meta/stats.json"), stats);
    BrokenSets.rewrite(images.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (" + List.of("min", "max", "mean", "std", "q01", "q10", "q50", "q90", "q99").stream()
            .map(name -> "\"stats/observation.images.top/" + name + "\"").map(column -> column + "[1:1] AS " + column).collect(Collectors.joining(", "))
            + ") FROM %s");
    assertDefects(images);
  }

  @Test
  void tablesThatAreNotInTheOrderOfTheirEpisodesAreTold() throws IOException {
    Path second = data(images).resolveSibling("file-001.parquet");
    Files.copy(data(images), second);
    BrokenSets.rewrite(data(images), "SELECT * EXCLUDE (file_row_number) FROM %s WHERE episode_index NOT IN (1, 3)");
    BrokenSets.rewrite(second, "SELECT * EXCLUDE (file_row_number) FROM %s WHERE episode_index IN (1, 3)");
    BrokenSets.rewrite(images.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE ((episode_index IN (1, 3))::BIGINT AS \"data/file_index\") FROM %s");
    assertDefects(images, "file-000.parquet: holds episode 2 and comes before the table of episode 1");
  }

  @Test
  void aTableThatBelongsToNoEpisodeIsTold() throws IOException {
    Files.copy(data(images), images.resolve("data/chunk-000/file-001.parquet"));
    assertDefects(images, "data/chunk-000/file-001.parquet: belongs to no episode");
  }

  @Test
  void statisticsOfOneEpisodeThatDoNotFitAreTold() throws IOException {
    Path file = old.resolve("meta/episodes_stats.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(3, lines.get(2).replace("\"episode_index\": 2", "\"episode_index\": 3"));
    Files.write(file, lines);
    List<String> found = defects(old);
    assertTrue(found.stream().anyMatch(defect -> defect.contains("statistics of episode 3: 'action'")), String.join("\n", found));
    assertTrue(found.stream().noneMatch(defect -> defect.contains("statistics of episode 2")), String.join("\n", found));
  }

  @Test
  void whatAKilledRecordingLeftIsNotedOnly() throws IOException {
    Files.createDirectories(images.resolve(".recording"));
    Files.copy(data(images), images.resolve("data/chunk-000/file-001.parquet"));
    Findings findings = DatasetCheck.check(images, done -> {});
    assertEquals(List.of(), findings.defects());
    assertEquals(1, findings.notes().size());
  }
}
