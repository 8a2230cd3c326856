package flowmatching.dataset.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.check.DatasetCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whenever a recorder is killed, its set holds whole episodes, and the next recorder goes on behind them. */
class KilledRecordingTest {
  @TempDir Path directory;

  /** What an episode changes before {@code info.json} says that it is there: each file is renamed over the old one. */
  private static final List<String> CHANGED = List.of("videos", "data", "meta/tasks.parquet", "meta/episodes", "meta/stats.json");

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** The set of {@code before}, with some of the files that {@code after} has. */
  private Path mixed(Path before, Path after, int which) throws IOException {
    Path root = directory.resolve("mixed-" + which);
    copy(before, root);
    for (int i = 0; i < CHANGED.size(); i++) {
      Path changed = after.resolve(CHANGED.get(i));
      if ((which >> i & 1) == 1 && Files.isDirectory(changed)) {
        copy(changed, root.resolve(CHANGED.get(i)));
      } else if ((which >> i & 1) == 1) {
        Files.copy(changed, root.resolve(CHANGED.get(i)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(root.resolve("data/chunk-000/.file-000.parquet.17-1.part"), "half a ta");
    Files.createDirectories(root.resolve(".recording"));
    Files.writeString(root.resolve(".recording/data.parquet"), "half a ta");
    return root;
  }

  /** @param sameFiles whether the second episode goes into the files of the first, or into new ones */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whateverWasWrittenOfAnEpisodeItIsNotThereBeforeItIsCounted(boolean sameFiles) throws IOException {
    Path before = directory.resolve("before");
    Path after = directory.resolve("after");
    TestRecording.record(before, true, 0, 1);
    if (sameFiles) {
      TestRecording.record(after, true, 0, 2);
    } else {
      copy(before, after);
      TestRecording.record(after, true, 1, 1);
    }
    for (int which = 0; which < 1 << CHANGED.size(); which++) {
      Path root = mixed(before, after, which);
      DatasetWriterTest.assertHolds(root, true, 1);
      assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
      TestRecording.record(root, true, 1, 2);
      DatasetWriterTest.assertHolds(root, true, 3);
      assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
      try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
        int frames = TestRecording.length(0) + TestRecording.length(1) + TestRecording.length(2);
        assertEquals(frames, dataset.statistics().byFeature().get("action").get("count")[0]);
      }
      try (Stream<Path> files = Files.walk(root)) {
        assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(".")));
      }
    }
  }

  @Test
  void aSetWhoseFirstEpisodeWasNotWrittenToTheEndIsGoneOnWith() throws IOException {
    Path root = directory.resolve("set");
    Path obstacle = root.resolve("meta/stats.json/obstacle");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(true))) {
      Files.createDirectories(obstacle);
      TestRecording.addFrame(writer, 5, 0);
      assertThrows(IOException.class, () -> writer.saveEpisode("half"));
    }
    assertTrue(Files.exists(root.resolve("data/chunk-000/file-000.parquet")));
    Files.delete(obstacle);
    Files.delete(obstacle.getParent());
    TestRecording.record(root, true, 0, 2);
    DatasetWriterTest.assertHolds(root, true, 2);
    assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
  }

  @Test
  void aSetThatCannotBeAddedToIsNoEpisodeThatIsDropped() throws IOException {
    Path root = directory.resolve("set");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(true))) {
      TestRecording.addFrame(writer, 0, 0);
      writer.saveEpisode("first");
      Files.writeString(root.resolve("videos/" + TestRecording.CAMERA + "/chunk-000/file-000.mp4"), "a disc that fails");
      TestRecording.addFrame(writer, 1, 0);
      assertThrows(IOException.class, () -> writer.saveEpisode("second"));
    }
  }

  @Test
  void whatAnEpisodeLeftThatCouldNotBeWrittenIsNoDefectOfTheSet() throws IOException {
    Path root = directory.resolve("set");
    Path statistics = root.resolve("meta/stats.json");
    Path kept = directory.resolve("stats.json");
    try (DatasetWriter writer = DatasetWriter.open(root, TestRecording.spec(true))) {
      for (int frame = 0; frame < TestRecording.length(0); frame++) {
        TestRecording.addFrame(writer, 0, frame);
      }
      writer.saveEpisode(TestRecording.task(0));
      Files.move(statistics, kept);
      Files.createDirectories(statistics.resolve("obstacle"));
      TestRecording.addFrame(writer, 1, 0);
      assertThrows(IOException.class, () -> writer.saveEpisode("half"));
    }
    Files.delete(statistics.resolve("obstacle"));
    Files.move(kept, statistics, StandardCopyOption.REPLACE_EXISTING);
    DatasetWriterTest.assertHolds(root, true, 1);
    assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
    TestRecording.record(root, true, 1, 1);
    assertFalse(Files.exists(root.resolve(".recording")));
  }

  @Test
  void whatWasBeingWrittenBehindLinksIsTakenAwayToo() throws IOException {
    Path disk = directory.resolve("disk");
    Path root = directory.resolve("link");
    TestRecording.record(disk.resolve("set"), true, 0, 1);
    Files.createSymbolicLink(root, disk.resolve("set"));
    Files.move(root.resolve("videos"), disk.resolve("videos"));
    Files.createSymbolicLink(root.resolve("videos"), disk.resolve("videos"));
    Path table = root.resolve("data/chunk-000/.file-000.parquet.17-1.part");
    Path video = root.resolve("videos/" + TestRecording.CAMERA + "/chunk-000/.file-000.mp4.17-2.part");
    Files.writeString(table, "half a ta");
    Files.writeString(video, "half a vi");
    TestRecording.record(root, true, 1, 1);
    DatasetWriterTest.assertHolds(root, true, 2);
    assertFalse(Files.exists(table));
    assertFalse(Files.exists(video));
  }

  /** Records episodes for ever behind those that are there; a line is printed before each is saved. */
  public static final class Recorder {
    public static void main(String[] arguments) throws IOException {
      try (DatasetWriter writer = DatasetWriter.open(Path.of(arguments[0]), TestRecording.spec(true))) {
        for (int episode = writer.episodes();; episode++) {
          for (int frame = 0; frame < TestRecording.length(episode); frame++) {
            TestRecording.addFrame(writer, episode, frame);
          }
          System.out.println(episode);
          writer.saveEpisode(TestRecording.task(episode));
        }
      }
    }
  }

  @Test
  void aRecorderThatIsKilledAgainAndAgainLosesTheEpisodeThatItRecordsAtMost() throws IOException, InterruptedException {
    Path root = directory.resolve("set");
    Random random = new Random();
    int saved = 0;
    for (int round = 0; round < 6; round++) {
      Process recorder = new ProcessBuilder(
          Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"), Recorder.class.getName(), root.toString())
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
      int saving = -1;
      try (BufferedReader lines = recorder.inputReader()) {
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          String line = lines.readLine();
          assertNotNull(line, "the recorder ended");
          saving = Integer.parseInt(line);
        }
        Thread.sleep(random.nextInt(40));
        recorder.destroyForcibly().waitFor();
      }
      assertTrue(saving >= saved, "goes on with episode " + saved + ", found " + saving);
      Path info = root.resolve("meta/info.json");
      if (!Files.exists(info) || JsonFile.read(info).path("total_episodes").intValue() == 0) {
        assertEquals(0, saving);
        continue;
      }
      try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
        saved = dataset.episodes().size();
      }
      assertEquals(List.of(), DatasetCheck.check(root, done -> {}).defects());
      assertTrue(saved >= saving, "episodes before " + saving + " were saved, found " + saved);
      DatasetWriterTest.assertHolds(root, true, saved);
    }
  }
}
