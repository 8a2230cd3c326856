package flowmatching.training.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.PolicyProcessors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetBatchesTest {
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final FlowMatchingConfig CONFIG = FlowMatchingConfig.parse("config.json", JsonFile.read(CHECKPOINT.resolve("config.json")));
  private static final PolicyProcessors PROCESSORS = PolicyProcessors.load(CHECKPOINT, CONFIG);

  @TempDir Path directory;

  private static DatasetBatches open(BatchOptions options) {
    return new DatasetBatches(DATASET, CONFIG, PROCESSORS, options);
  }

  /** Everything that a batch holds, kept beyond the next one. */
  private static List<Object> copy(Batch batch) {
    List<Object> copy = new ArrayList<>();
    copy.add(Arrays.toString(batch.indices()) + Arrays.toString(batch.draws()));
    copy.add(bytes(batch.actionIsPad()));
    batch.images().forEach((key, pictures) -> copy.add(key + pictures.height() + "x" + pictures.width() + bytes(pictures.pixels())));
    float[] values = new float[batch.state().capacity() + batch.actions().capacity()];
    batch.state().get(0, values, 0, batch.state().capacity());
    batch.actions().get(0, values, batch.state().capacity(), batch.actions().capacity());
    copy.add(Arrays.toString(values));
    return copy;
  }

  private static String bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return Arrays.toString(bytes);
  }

  @Test
  void aSampleIsTheItemOfTheDataSetNormalisedAndPadded() {
    try (DatasetBatches batches = open(BatchOptions.of(5, 7, 0));
        LeRobotDataset dataset = LeRobotDataset.open(DATASET, DeltaTimestamps.actions(CONFIG.chunkLength()))) {
      Batch batch = batches.batch(3);
      for (int sample = 0; sample < 5; sample++) {
        Item item = dataset.item(batch.indices()[sample]);
        for (int i = 0; i < CONFIG.maxStateDim(); i++) {
          float wanted = i < CONFIG.stateDim()
              ? PROCESSORS.input("observation.state").normalize(item.values().get("observation.state")[i], i) : 0;
          assertEquals(wanted, batch.state().get(sample * CONFIG.maxStateDim() + i));
        }
        for (int step = 0; step < CONFIG.chunkLength(); step++) {
          int row = sample * CONFIG.chunkLength() + step;
          assertEquals(item.isPad().get("action")[step], batch.actionIsPad().get(row) == 1);
          for (int i = 0; i < CONFIG.maxActionDim(); i++) {
            float wanted = i < CONFIG.actionDim()
                ? PROCESSORS.action().normalize(item.values().get("action")[step * CONFIG.actionDim() + i], i) : 0;
            assertEquals(wanted, batch.actions().get(row * CONFIG.maxActionDim() + i));
          }
        }
        for (String camera : batch.images().keySet()) {
          Batch.Pictures pictures = batch.images().get(camera);
          int size = 3 * pictures.height() * pictures.width();
          byte[] pixels = new byte[size];
          pictures.pixels().get(sample * size, pixels);
          assertArrayEquals(item.images().get(camera).get(0).pixels(), pixels);
        }
      }
      assertEquals(CONFIG.cameras().size(), batch.images().size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void threadsGiveWhatNoThreadGives(int workers) {
    try (DatasetBatches alone = open(BatchOptions.of(4, 7, 0)); DatasetBatches threaded = open(BatchOptions.of(4, 7, workers))) {
      for (int n = 0; n < 12; n++) {
        assertEquals(copy(alone.batch(n)), copy(threaded.batch(n)), "batch " + n);
      }
    }
  }

  @Test
  void theReadersOfThreadsShareWhatWasReadOfTables() throws IOException {
    Path copy = copy(TestData.path("datasets/reach_v30_video"));
    try (SampleReader first = new SampleReader(copy, CONFIG, PROCESSORS, BatchOptions.of(1, 7, 0), new PictureCache(0));
        SampleReader second = first.forAnotherThread();
        BatchSlot slot = new BatchSlot(CONFIG, 1, first.pictureSizes())) {
      first.read(0, slot);
      List<Object> expected = copy(slot.batch());
      Files.delete(copy.resolve("data/chunk-000/file-000.parquet"));
      second.read(0, slot);
      assertEquals(expected, copy(slot.batch()));
    }
  }

  @Test
  void aRunThatGoesOnGetsTheBatchesOfOneThatWasNotInterrupted() {
    try (DatasetBatches whole = open(BatchOptions.of(4, 7, 2)); DatasetBatches resumed = open(BatchOptions.of(4, 7, 2))) {
      List<List<Object>> all = new ArrayList<>();
      for (int n = 0; n < 40; n++) {
        all.add(copy(whole.batch(n)));
      }
      for (int n : new int[] {25, 26, 27, 3, 39, 0}) { // in any order
        assertEquals(all.get(n), copy(resumed.batch(n)), "batch " + n);
      }
    }
  }

  @Test
  void twoProcessesDrawTogetherWhatOneDraws() {
    try (DatasetBatches one = open(BatchOptions.of(6, 7, 0));
        DatasetBatches first = open(BatchOptions.of(3, 7, 0).withProcess(0, 2));
        DatasetBatches second = open(BatchOptions.of(3, 7, 0).withProcess(1, 2))) {
      for (int n = 0; n < 5; n++) {
        Batch all = one.batch(n);
        int[] wanted = all.indices().clone();
        int[] found = Arrays.copyOf(first.batch(n).indices(), 6);
        System.arraycopy(second.batch(n).indices(), 0, found, 3, 3);
        assertArrayEquals(wanted, found);
        assertEquals(all.draws()[3], second.batch(n).draws()[0]);
      }
    }
  }

  @Test
  void anEpochShowsEveryFrameOnceAndTheNextInAnotherOrder() {
    try (DatasetBatches batches = open(BatchOptions.of(1, 7, 0).withEpisodes(List.of(1, 3)))) {
      Set<Integer> seen = new HashSet<>();
      List<Integer> first = new ArrayList<>();
      List<Integer> second = new ArrayList<>();
      for (int n = 0; n < 2 * batches.size(); n++) {
        (n < batches.size() ? first : second).add(batches.batch(n).indices()[0]);
      }
      seen.addAll(first);
      assertEquals(batches.size(), seen.size());
      assertEquals(seen, new HashSet<>(second));
      assertNotEquals(first, second);
      try (LeRobotDataset dataset = LeRobotDataset.open(DATASET)) {
        assertEquals(dataset.episode(1).length() + dataset.episode(3).length(), batches.size());
        assertTrue(seen.stream().allMatch(i -> dataset.item(i, List.of()).episode() % 2 == 1));
      }
    }
  }

  @Test
  void beyondTheEndPositionsStayAndChangesAreZero() {
    try (DatasetBatches batches = open(BatchOptions.of(16, 7, 0).withChanges(Set.of(1)))) {
      int padded = 0;
      Batch batch = batches.batch(0);
      for (int row = 0; row < 16 * CONFIG.chunkLength(); row++) {
        if (batch.actionIsPad().get(row) == 1) {
          padded++;
          int at = row * CONFIG.maxActionDim();
          assertEquals(PROCESSORS.action().normalize(0, 1), batch.actions().get(at + 1));
          assertEquals(batch.actions().get(at - CONFIG.maxActionDim()), batch.actions().get(at), "the last position stays");
        }
      }
      assertTrue(padded > 0);
    }
  }

  @Test
  void picturesAreDecodedOnceWithinTheBound() {
    PictureCache cache = new PictureCache(250);
    int[] decoded = {0};
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 3; i++) {
        cache.get("a", i, () -> {
          decoded[0]++;
          return new RgbImage(5, 5, new byte[75]);
        });
      }
    }
    assertEquals(3, decoded[0]);
    assertEquals(3, cache.hits());
    cache.get("b", 0, () -> new RgbImage(5, 5, new byte[75]));
    assertEquals(225, cache.bytes());
    try (DatasetBatches batches = open(BatchOptions.of(4, 7, 0).withEpisodes(List.of(0)))) {
      for (int n = 0; n < 30; n++) {
        batches.batch(n);
      }
      assertTrue(batches.cacheHits() > 0);
    }
  }

  @Test
  void aBrokenFrameIsNamedAndOthersAreStillRead() throws IOException {
    Path copy = copy(DATASET);
    Path table;
    try (Stream<Path> files = Files.walk(copy.resolve("data"))) {
      table = files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(table);
    for (int i = bytes.length / 2; i < bytes.length / 2 + 200; i++) {
      bytes[i] ^= 0x55; // inside the pictures
    }
    Files.write(table, bytes);
    int broken = 0;
    int read = 0;
    try (DatasetBatches batches = new DatasetBatches(copy, CONFIG, PROCESSORS, BatchOptions.of(1, 7, 2))) {
      for (int n = 0; n < batches.size(); n++) {
        try {
          batches.batch(n);
          read++;
        } catch (BadInputException e) {
          broken++;
          assertTrue(e.getMessage().contains(copy.toString()), e.getMessage());
        }
      }
    } catch (BadInputException e) { // where the table itself cannot be read any more
      broken++;
      assertTrue(e.getMessage().contains(copy.toString()), e.getMessage());
    }
    assertTrue(broken > 0, "read " + read);
  }

  private Path copy(Path dataset) throws IOException {
    Path copy = directory.resolve("copy");
    try (Stream<Path> files = Files.walk(dataset)) {
      for (Path file : files.toList()) {
        Path target = copy.resolve(dataset.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    return copy;
  }

  @Test
  void closingInTheMiddleOfWorkEndsEveryThread() throws InterruptedException {
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
      for (int round = 0; round < 5; round++) {
        DatasetBatches batches = open(BatchOptions.of(8, round, 3));
        batches.batch(0);
        batches.close();
      }
    });
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("batches of")) {
        thread.join(Duration.ofSeconds(60).toMillis()); // the last one says that all have ended before it has itself
        assertFalse(thread.isAlive(), thread.getName());
      }
    }
  }

  @Test
  void whatRenamesCannotMeanIsRefused() {
    assertEquals(DATASET + ": rename_map: expected a camera's name once, found that 'observation.images.side' is the second to be 'observation.images.top'",
        refused(Map.of("observation.images.side", "observation.images.top")));
    assertEquals(DATASET + ": rename_map: expected names of cameras, found 'observation.state'", refused(Map.of("observation.state", "observation.qpos")));
  }

  private static String refused(Map<String, String> renames) {
    PolicyProcessors processors = new PolicyProcessors(renames, Map.of(), PROCESSORS.action());
    return assertThrows(BadInputException.class, () -> new DatasetBatches(DATASET, CONFIG, processors, BatchOptions.of(1, 1, 0))).getMessage();
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothSides() throws IOException {
    var json = JsonFile.read(CHECKPOINT.resolve("config.json"));
    json.withObject("output_features").withObject("action").putArray("shape").add(3);
    FlowMatchingConfig other = FlowMatchingConfig.parse("config.json", json);
    BadInputException e = assertThrows(BadInputException.class,
        () -> new DatasetBatches(DATASET, other, PolicyProcessors.none(), BatchOptions.of(1, 1, 0)));
    assertTrue(e.getMessage().contains("'action': the policy has 3 values, found 7"), e.getMessage());
    assertThrows(BadInputException.class, () -> open(BatchOptions.of(1, 1, 0).withEpisodes(List.of(99))));
    assertThrows(BadInputException.class, () -> BatchOptions.of(0, 1, 0));
  }
}
