package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.dataset.video.VideoFiles;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeRobotDatasetTest {
  private static final String TOP = "observation.images.top";

  private static LeRobotDataset open(String name) {
    return LeRobotDataset.open(TestData.path("datasets/" + name), DeltaTimestamps.actions(8));
  }

  private static double meanDifference(RgbImage a, RgbImage b) {
    long sum = 0;
    for (int i = 0; i < a.pixels().length; i++) {
      sum += Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff));
    }
    return sum / (double) a.pixels().length;
  }

  @Test
  void metadataIsRead() {
    try (LeRobotDataset dataset = open("reach_v30_video")) {
      assertEquals(10, dataset.info().fps());
      assertEquals("planar_two_joint", dataset.info().robotType());
      assertEquals(List.of(28, 24, 32, 20, 26, 60), dataset.episodes().stream().map(Episode::length).toList());
      assertEquals(List.of("reach the red dot"), dataset.episode(4).tasks());
      assertEquals(List.of("reach the red dot", "reach the blue dot"), dataset.tasks());
      assertEquals(List.of("joint_1", "joint_2", "joint_3", "joint_4", "joint_5", "joint_6", "gripper"), dataset.info().feature("action").names());
      assertEquals(List.of(TOP, "observation.images.side"), dataset.info().cameras().stream().map(DatasetFeature::key).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reach_v30_video", "reach_v30_image"})
  void aClosedSetIsReadNoFurtherAndThatOfAnotherThreadIs(String name) {
    LeRobotDataset dataset = open(name);
    dataset.item(0);
    try (LeRobotDataset other = dataset.forAnotherThread()) {
      dataset.close();
      dataset.close();
      assertTrue(assertThrows(IllegalStateException.class, () -> dataset.item(0)).getMessage().endsWith(name + ": the data set is closed"));
      assertThrows(IllegalStateException.class, () -> dataset.item(1, List.of()));
      assertThrows(IllegalStateException.class, () -> dataset.image(0, TOP));
      assertThrows(IllegalStateException.class, dataset::episodeStatistics);
      assertThrows(IllegalStateException.class, dataset::forAnotherThread);
      assertEquals(1, other.item(1).frame());
    }
  }

  @Test
  void theOldVersionHoldsTheSameItems() {
    try (LeRobotDataset old = open("reach_v21_video"); LeRobotDataset now = open("reach_v30_video")) {
      assertEquals(now.size(), old.size());
      for (int i = 0; i < now.size(); i += 7) {
        Item a = old.item(i);
        Item b = now.item(i);
        assertEquals(b.task(), a.task());
        assertEquals(b.timestamp(), a.timestamp());
        assertEquals(b.episode(), a.episode());
        assertEquals(b.frame(), a.frame());
        assertEquals(b.values().keySet(), a.values().keySet());
        b.values().forEach((key, values) -> assertArrayEquals(values, a.values().get(key), key));
        assertArrayEquals(b.isPad().get("action"), a.isPad().get("action"));
        assertTrue(meanDifference(a.images().get(TOP).get(0), b.images().get(TOP).get(0)) < 2.5, "encoded on its own, frame " + i);
      }
    }
  }

  @Test
  void theOldVersionsStatisticsAddUpToTheNewOnes() {
    try (LeRobotDataset old = open("reach_v21_video"); LeRobotDataset now = open("reach_v30_video")) {
      for (String key : List.of("action", "observation.state")) {
        Map<String, float[]> a = old.statistics().byFeature().get(key);
        Map<String, float[]> b = now.statistics().byFeature().get(key);
        assertArrayEquals(b.get("min"), a.get("min"));
        assertArrayEquals(b.get("max"), a.get("max"));
        assertArrayEquals(b.get("count"), a.get("count"));
        assertArrayEquals(b.get("mean"), a.get("mean"));
        assertArrayEquals(b.get("std"), a.get("std"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reach_v30_video", "reach_v30_h264"})
  void videoShowsWhatThePngsShow(String name) {
    try (LeRobotDataset video = open(name); LeRobotDataset png = open("reach_v30_image")) {
      for (int i = 0; i < png.size(); i += 11) {
        double difference = meanDifference(video.image(i, TOP), png.image(i, TOP));
        assertTrue(difference > 0 && difference < 2.5, "mean difference " + difference + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reach_v30_video", "reach_v30_h264", "reach_v21_video", "reach_v30_image"})
  void anyOrderOfAccessGivesTheSamePictures(String name) {
    List<byte[]> inOrder = new ArrayList<>();
    try (LeRobotDataset dataset = open(name)) {
      for (int i = 0; i < dataset.size(); i++) {
        inOrder.add(dataset.image(i, TOP).pixels());
      }
    }
    List<Integer> indices = new ArrayList<>(IntStream.range(0, inOrder.size()).boxed().toList());
    try (LeRobotDataset dataset = open(name)) {
      Collections.reverse(indices);
      indices.forEach(i -> assertArrayEquals(inOrder.get(i), dataset.image(i, TOP).pixels(), "backwards " + i));
      Collections.shuffle(indices, new Random(1));
      indices.forEach(i -> assertArrayEquals(inOrder.get(i), dataset.image(i, TOP).pixels(), "shuffled " + i));
      assertArrayEquals(dataset.image(5, TOP).pixels(), dataset.image(5, TOP).pixels(), "twice");
    }
  }

  @Test
  void neighboursOutsideTheEpisodeRepeatItsEdgeAndAreMarked() {
    DeltaTimestamps deltas = new DeltaTimestamps(Map.of("action", new int[] {-2, 0, 2}));
    try (LeRobotDataset dataset = LeRobotDataset.open(TestData.path("datasets/reach_v30_image"), deltas)) {
      Item first = dataset.item(28, List.of());
      assertEquals(1, first.episode());
      assertArrayEquals(new boolean[] {true, false, false}, first.isPad().get("action"));
      float[] actions = first.values().get("action");
      for (int i = 0; i < 7; i++) {
        assertEquals(actions[7 + i], actions[i], "clamped to the episode's own first frame, not the one before it");
      }
      Item last = dataset.item(51, List.of());
      assertArrayEquals(new boolean[] {false, false, true}, last.isPad().get("action"));
    }
  }

  @Test
  void offsetsThatAreNoMultiplesOfTheFrameTimeAreRefused() {
    assertArrayEquals(new int[] {-1, 0, 3}, DeltaTimestamps.ofSeconds(Map.of("action", new double[] {-0.1, 0, 0.30000000000000004}), 10, 1e-4).frames().get("action"));
    assertThrows(BadInputException.class, () -> DeltaTimestamps.ofSeconds(Map.of("action", new double[] {0.15}), 10, 1e-4));
    DeltaTimestamps unknown = new DeltaTimestamps(Map.of("nothing", new int[] {0}));
    String message = assertThrows(BadInputException.class, () -> LeRobotDataset.open(TestData.path("datasets/reach_v30_image"), unknown)).getMessage();
    assertTrue(message.contains("no feature 'nothing'"), message);
  }

  @Test
  void picturesThatAreNotAskedForAreNotRead(@TempDir Path directory) throws IOException {
    Path root = directory.resolve("set");
    BrokenSets.copy(TestData.path("datasets/reach_v30_video"), root);
    Files.delete(root.resolve("videos/observation.images.side/chunk-000/file-000.mp4"));
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertTrue(dataset.item(3, List.of()).images().isEmpty());
      assertEquals(1, dataset.item(3, List.of(TOP)).images().size());
      assertThrows(BadInputException.class, () -> dataset.item(3));
    }
  }

  @Test
  void manyVideosAreReadWithABoundedNumberOfDecoders(@TempDir Path directory) throws IOException {
    Path source = TestData.path("datasets/reach_v21_video/videos/chunk-000/" + TOP + "/episode_000000.mp4");
    try (VideoFiles videos = new VideoFiles()) {
      byte[] first = null;
      for (int i = 0; i < 40; i++) {
        Path copy = directory.resolve(i + ".mp4");
        Files.copy(source, copy);
        byte[] pixels = videos.frame(copy, 0.5, 1e-4).pixels();
        first = first == null ? pixels : first;
        assertArrayEquals(first, pixels);
      }
      String descriptors = "/proc/self/fd";
      if (Files.isDirectory(Path.of(descriptors))) {
        try (var open = Files.list(Path.of(descriptors))) {
          long mine = open.filter(fd -> fd.toAbsolutePath().toString().length() > 0 && points(fd, directory)).count();
          assertTrue(mine <= 16, mine + " videos are open");
        }
      }
    }
  }

  private static boolean points(Path descriptor, Path directory) {
    try {
      return Files.readSymbolicLink(descriptor).startsWith(directory.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void onlyTheChosenEpisodesAreReadAndKeepTheirIndices() {
    Path root = TestData.path("datasets/reach_v30_image");
    ReadOptions some = ReadOptions.defaults().withEpisodes(List.of(4, 1, 4));
    try (LeRobotDataset dataset = LeRobotDataset.open(root, some); LeRobotDataset whole = LeRobotDataset.open(root)) {
      assertEquals(List.of(whole.episode(1), whole.episode(4)), dataset.episodes());
      assertEquals(24 + 26, dataset.size());
      int index = dataset.episode(4).from() + 25;
      assertEquals(129, index);
      assertEquals(4, dataset.item(index, List.of()).episode());
      assertArrayEquals(whole.item(index, List.of()).values().get("action"), dataset.item(index, List.of()).values().get("action"));
      for (int outside : new int[] {0, 27, 52, 103, 130, 189}) {
        assertThrows(BadInputException.class, () -> dataset.item(outside), "index " + outside);
      }
      assertThrows(BadInputException.class, () -> dataset.episode(2));
    }
    assertThrows(BadInputException.class, () -> LeRobotDataset.open(root, ReadOptions.defaults().withEpisodes(List.of(6))));
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() {
    Path root = TestData.path("datasets/reach_v30_image");
    for (double tolerance : new double[] {0, -1, Double.NaN, 0.05}) {
      assertThrows(BadInputException.class, () -> LeRobotDataset.open(root, ReadOptions.defaults().withTolerance(tolerance)));
    }
    DeltaTimestamps index = new DeltaTimestamps(Map.of("frame_index", new int[] {0}));
    assertThrows(BadInputException.class, () -> LeRobotDataset.open(root, index));
  }

  @Test
  void theToleranceIsThatOfTheOptions(@TempDir Path directory) {
    Path root = directory.resolve("set");
    BrokenSets.copy(TestData.path("datasets/reach_v30_image"), root);
    BrokenSets.rewrite(
        root.resolve("data/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number) REPLACE (CAST(timestamp + 0.002 AS FLOAT) AS timestamp) FROM %s");
    try (LeRobotDataset dataset = LeRobotDataset.open(root, ReadOptions.defaults().withTolerance(0.003))) {
      assertEquals(0.002f, dataset.item(0).timestamp());
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertThrows(BadInputException.class, () -> dataset.item(0));
    }
  }

  @Test
  void wholeNumbersAreExactAndMatricesAreReadRowByRow(@TempDir Path directory) {
    Path root = directory.resolve("set");
    BrokenSets.copy(TestData.path("datasets/reach_v30_image"), root);
    BrokenSets.rewrite(
        root.resolve("data/chunk-000/file-000.parquet"),
        "SELECT * EXCLUDE (file_row_number), 16777217 + file_row_number AS counter, [[1, 2, 3], [4, 5, file_row_number]]::FLOAT[][] AS matrix FROM %s");
    BrokenSets.editInfo(root, info -> {
      info.withObject("features").putObject("counter").put("dtype", "int64").putArray("shape").add(1);
      info.withObject("features").putObject("matrix").put("dtype", "float32").putArray("shape").add(2).add(3);
    });
    DeltaTimestamps deltas = new DeltaTimestamps(Map.of("counter", new int[] {0, 2}));
    try (LeRobotDataset dataset = LeRobotDataset.open(root, deltas)) {
      Item item = dataset.item(30, List.of());
      assertArrayEquals(new long[] {16777247, 16777249}, item.integers().get("counter"));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 30}, item.values().get("matrix"));
    }
  }

  @Test
  void anIndexOutsideTheSetIsRefused() {
    try (LeRobotDataset dataset = open("reach_v30_image")) {
      assertThrows(BadInputException.class, () -> dataset.item(-1));
      assertThrows(BadInputException.class, () -> dataset.item(190));
      assertThrows(BadInputException.class, () -> dataset.episode(6));
      assertThrows(BadInputException.class, () -> dataset.image(0, "action"));
      assertThrows(BadInputException.class, () -> dataset.item(0, List.of("observation.images.tpo")));
    }
  }

  @Test
  void threadsReadTheSameSetAtOnce() throws Exception {
    try (LeRobotDataset dataset = open("reach_v30_image")) {
      List<List<Item>> found = new ArrayList<>();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<List<Item>>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(threads.submit(() -> {
          try (LeRobotDataset own = dataset.forAnotherThread()) {
            return IntStream.range(0, 40).mapToObj(own::item).toList();
          }
        }));
      }
      threads.shutdown();
      for (Future<List<Item>> result : results) {
        found.add(result.get());
      }
      for (int index = 0; index < 40; index++) {
        Item wanted = dataset.item(index);
        for (List<Item> items : found) {
          assertArrayEquals(wanted.values().get("action"), items.get(index).values().get("action"));
          assertArrayEquals(wanted.images().get(TOP).get(0).pixels(), items.get(index).images().get(TOP).get(0).pixels());
        }
      }
    }
  }

  @Test
  void aLargeSetIsReadWhole() {
    String root = System.getenv("FLOWMATCHING_METAWORLD");
    Assumptions.assumeTrue(root != null, "FLOWMATCHING_METAWORLD names the 50 Meta-World episodes");
    try (LeRobotDataset dataset = LeRobotDataset.open(Path.of(root), DeltaTimestamps.actions(50))) {
      assertEquals(4690, dataset.size());
      for (int i = 0; i < dataset.size(); i++) {
        Item item = dataset.item(i, i % 100 == 0 ? List.of("observation.images.corner2") : List.of());
        assertEquals(i, item.index());
        assertFalse(item.isPad().get("action")[0]);
        assertEquals(200, item.values().get("action").length);
      }
    }
  }
}
