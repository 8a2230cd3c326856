package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every defect is one error that names the file, and the row where there is one. */
class BrokenSetsTest {
  private static final String COLUMNS =
      "SELECT * EXCLUDE (r) REPLACE (%s) FROM (SELECT * EXCLUDE (file_row_number), file_row_number AS r FROM %%s) ORDER BY r";

  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void copy() {
    root = directory.resolve("set");
    BrokenSets.copy(TestData.path("datasets/reach_v30_image"), root);
  }

  private Path data() {
    return root.resolve("data/chunk-000/file-000.parquet");
  }

  private String refusal() {
    return assertThrows(BadInputException.class, this::readAll).getMessage();
  }

  private void readAll() {
    try (LeRobotDataset dataset = LeRobotDataset.open(root, DeltaTimestamps.actions(5))) {
      for (int i = 0; i < dataset.size(); i++) {
        dataset.item(i);
      }
    }
  }

  private void assertRefused(String... expected) {
    String message = refusal();
    for (String part : expected) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void theCopyItselfIsRead() {
    readAll();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "codebase_version | \"v4.0\" | v3.0 or v2.1",
    "total_episodes | 7 | the set's episodes are 6, found 7",
    "total_frames | 191 | add up to 190, found 191",
    "total_frames | -1 | at least 0",
    "fps | 0 | above 0",
    "fps | 20 | timestamp",
    "data_path | \"../other/{chunk_index}\" | below the data set",
    "data_path | \"/etc/passwd\" | below the data set",
    "data_path | \"data/{nothing}.parquet\" | unknown field {nothing}",
    "data_path | 7 | a text",
    "data_path | \"data/\\u0000\" | below the data set",
    "data_path | \"data/{chunk_index:099999999999d}\" | no such file",
    "fps | \"10\" | frames a second",
    "total_tasks | 9 | the set's tasks are 2, found 9",
    "features | {} | at least one feature",
    "features | [] | at least one feature",
  })
  void aLyingInfoIsRefused(String key, String value, String expected) throws IOException {
    JsonNode node = new ObjectMapper().readTree(value);
    BrokenSets.editInfo(root, info -> info.set(key, node));
    assertRefused(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "shape | 7 | expected a list of sizes, found 7",
    "shape | [60000, 100] | expected 6000000 values, found 7",
    "shape | [60000, 30000] | expected 1800000000 values, found 7",
    "shape | [60000, 60000] | fewer than 2^31",
    "shape | [0] | at most 8 sizes",
    "dtype | \"float33\" | dtype: expected float32",
    "dtype | \"video\" | [height, width, channels]",
  })
  void aLyingFeatureIsRefusedBeforeItIsAllocated(String key, String value, String expected) throws IOException {
    JsonNode node = new ObjectMapper().readTree(value);
    Files.delete(root.resolve("meta/stats.json"));
    BrokenSets.editInfo(root, info -> info.withObject("features").withObject("action").putNull("names").set(key, node));
    assertRefused(expected);
  }

  /** A PNG file of a few MB may hold as many. */
  @Test
  void aPictureThatWouldTakeAllMemoryIsRefusedBeforeItIsDecoded() {
    BrokenSets.editInfo(root, info -> info.withObject("features").withObject("observation.images.top").putArray("shape").add(25_000).add(25_000).add(3));
    assertRefused("features.observation.images.top.shape: expected at most 67108864 pixels, found [25000,25000,3]");
  }

  @Test
  void aMissingFileOrDirectoryIsNamed() throws IOException {
    Files.delete(data());
    assertRefused("file-000.parquet: no such file");
    Files.delete(root.resolve("meta/info.json"));
    assertRefused("info.json: no such file");
    root = directory.resolve("nowhere");
    assertRefused("nowhere", "found nothing");
  }

  @Test
  void aTruncatedTableIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(data());
    Files.write(data(), java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused("file-000.parquet", "cannot be read");
  }

  @Test
  void tooFewRowsAreCounted() {
    BrokenSets.rewrite(data(), "SELECT * EXCLUDE (file_row_number) FROM %s WHERE file_row_number <> 100");
    assertRefused("file-000.parquet", "expected 190 rows", "found 189");
  }

  private void breakRow(int row, String column, String value) {
    String replace = "CASE WHEN r = " + row + " THEN " + value + " ELSE " + column + " END AS " + column;
    BrokenSets.rewrite(data(), String.format(COLUMNS, replace));
  }

  @Test
  void aRowThatDiffersIsNamed() {
    breakRow(120, "frame_index", "frame_index + 1");
    assertRefused("row 120: frame_index");
  }

  @Test
  void anIndexThatDiffersIsNamed() {
    breakRow(3, "\"index\"", "\"index\" + 7");
    assertRefused("row 3: index: expected 3, found 10");
  }

  @Test
  void aTimestampOutOfToleranceIsNamed() {
    breakRow(33, "timestamp", "CAST(timestamp + 0.01 AS FLOAT)");
    assertRefused("row 33: timestamp", "tolerance");
  }

  @Test
  void anInfiniteTimestampIsNamed() {
    breakRow(33, "timestamp", "CAST('inf' AS FLOAT)");
    assertRefused("row 33: timestamp", "found Infinity");
  }

  /** Pandas makes such columns of whole numbers where one is missing. */
  @ParameterizedTest
  @ValueSource(strings = {"nan", "0.5"})
  void aWholeNumberThatIsNoneIsNotTakenForZero(String value) {
    breakRow(33, "task_index", "CAST('" + value + "' AS DOUBLE)");
    assertRefused("column 'task_index': expected a whole number");
  }

  @Test
  void aListOfTheWrongLengthIsNamed() {
    breakRow(45, "action", "CAST([1, 2, 3] AS FLOAT[])");
    assertRefused("row 45: 'action': expected 7 values, found 3");
  }

  @Test
  void aMissingNumberIsNamed() {
    breakRow(45, "action", "CAST([1, 2, NULL, 4, 5, 6, 7] AS FLOAT[])");
    assertRefused("row 45: 'action': expected a number, found none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"length + 4294967296", "NULL", "'many'"})
  void aNumberThatIsNoneOrTooLargeIsNamed(String length) {
    Path episodes = root.resolve("meta/episodes/chunk-000/file-000.parquet");
    BrokenSets.rewrite(episodes, "SELECT * EXCLUDE (file_row_number) REPLACE (" + length + " AS length) FROM %s");
    assertRefused("column 'length': expected a whole number of 32 bits");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"mean | \"x\"", "mean | [1, 2, 3]", "count | [0]", "std | [1, 2, 3, 4, 5, 6, 1e300]"})
  void statisticsThatAreNotTheFeaturesAreRefused(String name, String value) throws IOException {
    Path file = root.resolve("meta/stats.json");
    ObjectNode stats = JsonFile.read(file);
    stats.withObject("action").set(name, new ObjectMapper().readTree(value));
    JsonFile.write(file, stats);
    assertRefused("stats.json: 'action': " + name);
  }

  @Test
  void anEpisodeWithoutStatisticsIsNamedInTheOldVersion() throws IOException {
    root = directory.resolve("old");
    BrokenSets.copy(TestData.path("datasets/reach_v21_video"), root);
    Path file = root.resolve("meta/episodes_stats.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(2, lines.get(2).replace("\"action\"", "\"renamed\""));
    Files.write(file, lines);
    assertRefused("episode 2: 'action'");
    lines.remove(2);
    Files.write(file, lines);
    assertRefused("expected a line for each of 6 episodes, found 5");
  }

  @Test
  void aPictureWhoseHeaderIsHugeIsRefusedBeforeItIsAllocated() {
    String header = "\\x89PNG\\x0D\\x0A\\x1A\\x0A\\x00\\x00\\x00\\x0DIHDR\\x00\\x00\\x7F\\xFF\\x00\\x00\\x40\\x00\\x08\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00";
    breakRow(9, "\"observation.images.top\"", "{'bytes': '" + header + "'::BLOB, 'path': 'x'}");
    assertRefused("row 9", "expected 96x96 pixels, found 32767x16384");
  }

  @Test
  void aPictureThatIsMissingOrGarbageIsNamed() {
    breakRow(9, "\"observation.images.top\"", "{'bytes': 'garbage'::BLOB, 'path': 'x'}");
    assertRefused("row 9", "observation.images.top", "PNG or JPEG");
  }

  @Test
  void aPictureOfAnotherSizeIsNamed() {
    BrokenSets.editInfo(root, info -> info.withObject("features").withObject("observation.images.top").putArray("shape").add(48).add(48).add(3));
    assertRefused("expected 48x48 pixels, found 96x96");
  }

  @Test
  void aFeatureThatTheTableLacksIsNamed() {
    BrokenSets.editInfo(root, info -> info.withObject("features").putObject("extra").put("dtype", "float32").putArray("shape").add(65535));
    assertRefused("column 'extra' is missing");
  }

  @Test
  void aTaskThatIsNotListedIsNamed() {
    breakRow(0, "task_index", "9");
    assertRefused("row 0: task_index: expected 0 to 1, found 9");
  }

  @Test
  void episodesWithAGapAreRefused() {
    Path episodes = root.resolve("meta/episodes/chunk-000/file-000.parquet");
    BrokenSets.rewrite(episodes, "SELECT * EXCLUDE (file_row_number) FROM %s WHERE episode_index <> 2");
    assertRefused("file-000.parquet", "expected episode 2");
  }

  /** LeRobot takes rows by their place in all tables together, so its own sets have no such order. */
  @Test
  void aTableWhoseEpisodesDoNotFollowEachOtherInTheSetIsReadByItsRows() throws IOException {
    Path table = root.resolve("data/chunk-000/file-000.parquet");
    Path second = root.resolve("data/chunk-000/file-001.parquet");
    List<float[]> expected = actions();
    Files.copy(table, second);
    BrokenSets.rewrite(table, "SELECT * EXCLUDE (file_row_number) FROM %s WHERE episode_index NOT IN (1, 3)");
    BrokenSets.rewrite(second, "SELECT * EXCLUDE (file_row_number) FROM %s WHERE episode_index IN (1, 3)");
    BrokenSets.rewrite(root.resolve("meta/episodes/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE ((episode_index IN (1, 3))::BIGINT AS \"data/file_index\") FROM %s");
    List<float[]> found = actions();
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), "frame " + i);
    }
  }

  private List<float[]> actions() {
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      return IntStream.range(0, dataset.size()).mapToObj(i -> dataset.item(i, List.of()).values().get("action")).toList();
    }
  }

  @Test
  void missingAndBrokenVideosAreNamed() throws IOException {
    root = directory.resolve("video");
    BrokenSets.copy(TestData.path("datasets/reach_v30_video"), root);
    Path video = root.resolve("videos/observation.images.top/chunk-000/file-000.mp4");
    byte[] whole = Files.readAllBytes(video);
    Files.delete(video);
    assertRefused("file-000.mp4: no such file");
    Files.write(video, new byte[100]);
    assertRefused("file-000.mp4: cannot be opened");
    for (int length = 1000; length < whole.length; length += 3000) {
      Files.write(video, java.util.Arrays.copyOf(whole, length));
      assertRefused("file-000.mp4");
    }
    Files.copy(root.resolve("videos/observation.images.side/chunk-000/file-000.mp4"), video, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused("observation.images.top", "expected 96x96 pixels, found 128x96");
  }

  @Test
  void mutatedVideosAreDecodedOrRefusedButNothingElseHappens() throws IOException {
    root = directory.resolve("video");
    BrokenSets.copy(TestData.path("datasets/reach_v30_h264"), root);
    Path video = root.resolve("videos/observation.images.top/chunk-000/file-000.mp4");
    byte[] whole = Files.readAllBytes(video);
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 60; i++) {
      byte[] mutated = whole.clone();
      for (int k = 0; k < 20; k++) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      Files.write(video, mutated);
      try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
        for (int frame = 0; frame < 190; frame += 19) {
          assertEquals(96, dataset.image(frame, "observation.images.top").height());
        }
      } catch (BadInputException expected) {
        assertTrue(expected.getMessage().contains(".mp4") || expected.getMessage().contains("pixels"), expected.getMessage());
      }
    }
  }

  @Test
  void aDirectoryWithGlobCharactersInItsNameIsRead() {
    Path odd = directory.resolve("set [1] 100% *?'{a,b}");
    BrokenSets.copy(root, odd);
    root = odd;
    readAll();
  }
}
