package flowmatching.dataset;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    "features | {} | at least one feature",
    "features | [] | at least one feature",
  })
  void aLyingInfoIsRefused(String key, String value, String expected) throws IOException {
    JsonNode node = new ObjectMapper().readTree(value);
    BrokenSets.editInfo(root, info -> info.set(key, node));
    assertRefused(expected);
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
  void aListOfTheWrongLengthIsNamed() {
    breakRow(45, "action", "CAST([1, 2, 3] AS FLOAT[])");
    assertRefused("row 45: 'action': expected 7 values, found 3");
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
  void aDirectoryWithGlobCharactersInItsNameIsReadOrRefused() {
    Path odd = directory.resolve("set [1] 100%");
    BrokenSets.copy(root, odd);
    root = odd;
    try {
      readAll();
    } catch (BadInputException e) {
      assertTrue(e.getMessage().contains("set [1]"), e.getMessage());
    }
  }

  @Test
  void mutatedInfosAreReadOrRefusedButNothingElseHappens() throws IOException {
    ObjectNode whole = JsonFile.read(root.resolve("meta/info.json"));
    JsonNode[] values = new JsonNode[] {
      json("null"), json("-1"), json("0"), json("65535"), json("1e300"), json("99999999999999999999"), json("\"x\""), json("\"../x\""), json("[]"), json("{}"), json("[65535, 65535, 3]"),
    };
    SplittableRandom random = new SplittableRandom(7);
    int refused = 0;
    for (int i = 0; i < 1500; i++) {
      ObjectNode mutated = whole.deepCopy();
      for (int k = random.nextInt(1, 3); k > 0; k--) {
        mutate(mutated, values[random.nextInt(values.length)], random);
      }
      JsonFile.write(root.resolve("meta/info.json"), mutated);
      try {
        DatasetInfo.read(root);
        if (i % 10 == 0) {
          try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
            dataset.item(dataset.size() / 2);
          }
        }
      } catch (BadInputException e) {
        refused++;
      }
    }
    assertTrue(refused > 300, "many mutations are impossible, " + refused + " were refused");
  }

  private static void mutate(JsonNode node, JsonNode value, SplittableRandom random) {
    List<ObjectNode> objects = new ArrayList<>();
    collect(node, objects);
    ObjectNode object = objects.get(random.nextInt(objects.size()));
    if (!object.isEmpty()) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      object.set(names.get(random.nextInt(names.size())), value.deepCopy());
    }
  }

  private static void collect(JsonNode node, List<ObjectNode> into) {
    if (node instanceof ObjectNode object) {
      into.add(object);
    }
    node.forEach(child -> collect(child, into));
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }
}
