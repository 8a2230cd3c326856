package flowmatching.dataset.write;

import static flowmatching.dataset.write.TestRecording.CAMERA;
import static flowmatching.dataset.write.TestRecording.FPS;
import static flowmatching.dataset.write.TestRecording.STATE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.check.DatasetCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetWriterTest {
  @TempDir Path directory;

  /** Reads every item and compares it with what was recorded. */
  static void assertHolds(Path root, boolean video, int episodes) {
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertEquals(episodes, dataset.episodes().size());
      int index = 0;
      for (int episode = 0; episode < episodes; episode++) {
        for (int frame = 0; frame < TestRecording.length(episode); frame++, index++) {
          Item item = dataset.item(index);
          assertEquals(episode, item.episode());
          assertEquals(frame, item.frame());
          assertEquals((float) (frame / (double) FPS), item.timestamp());
          assertEquals(TestRecording.task(episode), item.task());
          assertArrayEquals(TestRecording.state(episode, frame), item.values().get(STATE));
          assertArrayEquals(TestRecording.action(episode, frame), item.values().get("action"));
          assertPicture(item, video, episode, frame);
        }
      }
      assertEquals(index, dataset.size());
    }
  }

  private static void assertPicture(Item item, boolean video, int episode, int frame) {
    byte[] expected = TestRecording.picture(episode, frame).pixels();
    byte[] found = item.images().get(CAMERA).get(0).pixels();
    if (!video) {
      assertArrayEquals(expected, found);
      return;
    }
    long sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += Math.abs((expected[i] & 0xff) - (found[i] & 0xff));
    }
    assertTrue(sum / (double) expected.length < 4, "episode " + episode + ", frame " + frame + ": mean difference " + sum / (double) expected.length);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasRecordedIsRead(boolean video) throws IOException {
    Path root = directory.resolve("set");
    TestRecording.record(root, video, 0, 4);
    assertHolds(root, video, 4);
    try (Stream<Path> files = Files.walk(root)) {
      List<String> names = files.filter(Files::isRegularFile).map(file -> root.relativize(file).toString()).sorted().toList();
      List<String> expected = new ArrayList<>(List.of(
          "data/chunk-000/file-000.parquet", "meta/episodes/chunk-000/file-000.parquet", "meta/info.json", "meta/stats.json", "meta/tasks.parquet"));
      if (video) {
        expected.add("videos/" + CAMERA + "/chunk-000/file-000.mp4");
      }
      assertEquals(expected, names);
    }
  }

  /** DuckDB takes some of these characters for patterns, and a name with = for a column. */
  @ParameterizedTest
  @ValueSource(strings = {"set [1] 100% *?'{a,b} \u00fc", "length=1/set"})
  void aSetWhoseDirectoryHasAnOddNameIsGoneOnWith(String name) throws IOException {
    Path root = directory.resolve(name);
    TestRecording.record(root, false, 0, 2);
    TestRecording.record(root, false, 2, 1);
    assertHolds(root, false, 3);
  }

  private static List<Long> rowGroups(Path file) throws Exception {
    List<Long> rows = new ArrayList<>();
    try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement();
        ResultSet groups = statement.executeQuery(
            "SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('" + file + "') ORDER BY row_group_id")) {
      while (groups.next()) {
        rows.add(groups.getLong(2));
      }
    }
    return rows;
  }

  @Test
  void aTableHasARowGroupForEachEpisode() throws Exception {
    Path root = directory.resolve("set");
    TestRecording.record(root, true, 0, 4);
    assertEquals(List.of(3L, 5L, 7L, 9L), rowGroups(root.resolve("data/chunk-000/file-000.parquet")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSetIsGoneOnWithInNewFiles(boolean video) throws IOException {
    Path root = directory.resolve("set");
    TestRecording.record(root, video, 0, 2);
    TestRecording.record(root, video, 2, 3);
    assertHolds(root, video, 5);
    assertTrue(Files.exists(root.resolve("data/chunk-000/file-001.parquet")));
    assertTrue(Files.exists(root.resolve("meta/episodes/chunk-000/file-001.parquet")));
    assertEquals(video, Files.exists(root.resolve("videos/" + CAMERA + "/chunk-000/file-001.mp4")));
  }

  /** LeRobot's merge_datasets counts tables of episodes that it has joined: its columns name one that is not there. */
  @Test
  void aSetThatLeRobotMergedIsGoneOnWith() throws Exception {
    Path root = directory.resolve("set");
    TestRecording.record(root, true, 0, 2);
    Path table = root.resolve("meta/episodes/chunk-000/file-000.parquet");
    Path merged = directory.resolve("merged.parquet");
    try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
      statement.execute("COPY (SELECT * REPLACE (episode_index AS \"meta/episodes/file_index\") FROM read_parquet('" + table + "')) TO '" + merged + "' (FORMAT parquet)");
    }
    Files.move(merged, table, StandardCopyOption.REPLACE_EXISTING);
    TestRecording.record(root, true, 2, 1);
    assertHolds(root, true, 3);
    assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
  }

  /** As tools that put sets together may leave it. */
  @Test
  void filesThatAreNotInTheOrderOfTheirEpisodesAreNotOverwritten() throws Exception {
    Path root = directory.resolve("set");
    TestRecording.record(root, false, 0, 1);
    TestRecording.record(root, false, 1, 1);
    Path between = directory.resolve("between.parquet");
    Path first = root.resolve("data/chunk-000/file-000.parquet");
    Path second = root.resolve("data/chunk-000/file-001.parquet");
    Files.move(first, between);
    Files.move(second, first);
    Files.move(between, second);
    try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
      for (String name : List.of("file-000.parquet", "file-001.parquet")) {
        Path table = root.resolve("meta/episodes/chunk-000").resolve(name);
        statement.execute("COPY (SELECT * REPLACE (1 - episode_index AS \"data/file_index\") FROM read_parquet('" + table + "')) TO '" + between + "' (FORMAT parquet)");
        Files.move(between, table, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    assertHolds(root, false, 2);
    TestRecording.record(root, false, 2, 1);
    assertHolds(root, false, 3);
  }

  @Test
  void statisticsDoNotDependOnWhenTheRecordingWasGoneOnWith() throws IOException {
    TestRecording.record(directory.resolve("once"), true, 0, 4);
    TestRecording.record(directory.resolve("twice"), true, 0, 3);
    TestRecording.record(directory.resolve("twice"), true, 3, 1);
    try (LeRobotDataset once = LeRobotDataset.open(directory.resolve("once")); LeRobotDataset twice = LeRobotDataset.open(directory.resolve("twice"))) {
      assertEquals(once.statistics().byFeature().keySet(), twice.statistics().byFeature().keySet());
      once.statistics().byFeature().forEach((key, statistics) -> statistics.forEach((name, values) ->
          assertArrayEquals(values, twice.statistics().byFeature().get(key).get(name), 1e-6f, key + " " + name)));
    }
  }

  @Test
  void theHighestRateOfAVideoIsRecorded() throws IOException {
    Path root = directory.resolve("set");
    try (DatasetWriter writer = DatasetWriter.open(root, new DatasetSpec(240, "test_arm", TestRecording.spec(true).features()))) {
      TestRecording.addFrame(writer, 0, 0);
      writer.saveEpisode("once");
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertPicture(dataset.item(0), true, 0, 0);
    }
  }

  @Test
  void aDiscardedEpisodeIsNotThere() throws IOException {
    Path root = directory.resolve("set");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(true))) {
      for (int frame = 0; frame < 6; frame++) {
        TestRecording.addFrame(writer, 7, frame);
      }
      assertEquals(6, writer.frames());
      writer.discardEpisode();
      assertEquals(0, writer.frames());
      for (int frame = 0; frame < TestRecording.length(0); frame++) {
        TestRecording.addFrame(writer, 0, frame);
      }
      writer.saveEpisode(TestRecording.task(0));
      TestRecording.addFrame(writer, 1, 0);
    }
    assertHolds(root, true, 1);
    assertFalse(Files.exists(root.resolve(".recording")));
  }

  @Test
  void aFrameThatDoesNotFitIsRefusedAndNotAdded() throws IOException {
    try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), TestRecording.spec(true))) {
      float[] state = TestRecording.state(0, 0);
      float[] action = TestRecording.action(0, 0);
      Map<String, float[]> values = Map.of(STATE, state, "action", action);
      var images = Map.of(CAMERA, TestRecording.picture(0, 0));
      assertThrows(BadInputException.class, () -> writer.addFrame(Map.of(STATE, state), images));
      assertThrows(BadInputException.class, () -> writer.addFrame(Map.of(STATE, action, "action", action), images));
      assertThrows(BadInputException.class, () -> writer.addFrame(Map.of(STATE, new float[] {0, Float.NaN, 0}, "action", action), images));
      assertThrows(BadInputException.class, () -> writer.addFrame(values, Map.of()));
      assertThrows(BadInputException.class, () -> writer.saveEpisode("nothing"));
      assertEquals(0, writer.frames());
      writer.addFrame(values, images);
      assertEquals(1, writer.frames());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEndThatIsSaidTwiceChangesNothingAndNothingIsRecordedAfterIt(boolean video) throws IOException {
    Path root = directory.resolve("set");
    DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(video));
    addEpisode(writer, 0);
    writer.saveEpisode(TestRecording.task(0));
    TestRecording.addFrame(writer, 1, 0);
    writer.close();
    writer.close();
    assertThrows(IllegalStateException.class, () -> TestRecording.addFrame(writer, 1, 1));
    assertThrows(IllegalStateException.class, () -> writer.saveEpisode(TestRecording.task(1)));
    assertThrows(IllegalStateException.class, writer::discardEpisode);
    assertEquals(1, writer.episodes());
    assertFalse(Files.exists(root.resolve(".recording")));
    assertHolds(root, video, 1);
  }

  @Test
  void anEpisodeWithoutATaskIsRefusedAndCanStillBeSaved() throws IOException {
    Path root = directory.resolve("set");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(false))) {
      addEpisode(writer, 0);
      assertThrows(BadInputException.class, () -> writer.saveEpisode(null));
      writer.saveEpisode(TestRecording.task(0));
    }
    assertHolds(root, false, 1);
  }

  private static void addEpisode(DatasetWriter writer, int episode) {
    for (int frame = 0; frame < TestRecording.length(episode); frame++) {
      TestRecording.addFrame(writer, episode, frame);
    }
  }

  @Test
  void anotherSetIsNotAddedTo() throws IOException {
    Path root = directory.resolve("set");
    TestRecording.record(root, true, 0, 1);
    String message = assertThrows(BadInputException.class, () -> DatasetWriter.open(root, TestRecording.spec(false))).getMessage();
    String picture = " [48, 64, 3] [height, width, channels]";
    assertTrue(message.endsWith(": features: expected [" + CAMERA + ": image" + picture + "], found [" + CAMERA + ": video" + picture + "]"), message);
    List<DatasetFeature> turned = new ArrayList<>(TestRecording.spec(true).features());
    Collections.reverse(turned);
    DatasetSpec another = new DatasetSpec(FPS, "test_arm", turned);
    message = assertThrows(BadInputException.class, () -> DatasetWriter.open(root, another)).getMessage();
    assertTrue(message.contains(": order of the features: expected [" + CAMERA + ", action, " + STATE), message);
    DatasetSpec faster = new DatasetSpec(20, "test_arm", TestRecording.spec(true).features());
    assertTrue(assertThrows(BadInputException.class, () -> DatasetWriter.open(root, faster)).getMessage().contains("fps: expected 20"));
    assertFalse(Files.exists(root.resolve(".recording")), "what is refused is left as it was");
    Path other = Files.createDirectories(directory.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "do not touch");
    assertTrue(assertThrows(BadInputException.class, () -> DatasetWriter.open(other, faster)).getMessage().contains("other files"));
    assertHolds(root, true, 1);
  }

  @Test
  void twoCannotRecordIntoOneSet() throws IOException {
    Path root = directory.resolve("set");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(true))) {
      assertEquals(0, writer.episodes());
      assertThrows(BadInputException.class, () -> DatasetWriter.open(root, TestRecording.spec(true)));
    }
  }

  @Test
  void featuresThatCannotBeRecordedAreRefused() {
    assertThrows(BadInputException.class, () -> new DatasetSpec(0, "arm", List.of()));
    assertThrows(BadInputException.class, () -> new DatasetSpec(10, "arm", List.of(
        DatasetSpec.vector("action", List.of("a")), DatasetSpec.vector("action", List.of("b")))));
    assertThrows(BadInputException.class, () -> new DatasetSpec(10, "arm", List.of(DatasetSpec.image("cam", 64, 48), DatasetSpec.image("Cam", 64, 48))));
    for (String taken : List.of("frame", "timestamp", "index", "Frame_index")) {
      assertThrows(BadInputException.class, () -> new DatasetSpec(10, "arm", List.of(DatasetSpec.image(taken, 64, 48))), taken);
    }
    assertThrows(BadInputException.class, () -> new DatasetSpec(10, "arm", List.of(DatasetSpec.video(CAMERA, 97, 64))));
    assertEquals(1, new DatasetSpec(10, "arm", List.of(DatasetSpec.image(CAMERA, 97, 64))).features().size());
    assertTrue(assertThrows(BadInputException.class, () -> new DatasetSpec(241, "arm", List.of(DatasetSpec.video(CAMERA, 96, 64)))).getMessage()
        .contains("at most 240 frames a second for a video, found 241"));
    assertEquals(1, new DatasetSpec(1000, "arm", List.of(DatasetSpec.image(CAMERA, 96, 64))).features().size());
  }
}
