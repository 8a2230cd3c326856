package flowmatching.dataset.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.Python;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LeRobot itself loads what was written. */
class LeRobotReadsTest {
  @TempDir Path directory;

  @BeforeAll
  static void lerobot() throws IOException, InterruptedException {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
  }

  static JsonNode read(Path root) throws IOException, InterruptedException {
    String out = Python.run("src/testdata/tools/read_dataset.py", root.toString(), "--steps", "3");
    return new ObjectMapper().readTree(out.lines().filter(line -> line.startsWith("{")).reduce((a, b) -> b).orElseThrow());
  }

  static void assertHolds(JsonNode read, int episodes) {
    assertEquals(episodes, read.path("episodes").intValue());
    int index = 0;
    for (int episode = 0; episode < episodes; episode++) {
      int length = TestRecording.length(episode);
      assertEquals(length, read.path("lengths").get(episode).intValue());
      for (int frame = 0; frame < length; frame++, index++) {
        JsonNode item = read.path("items").path(String.valueOf(index));
        assertEquals(TestRecording.task(episode), item.path("task").textValue());
        assertEquals(episode, item.path("episode_index").intValue());
        assertEquals(frame, item.path("frame_index").intValue());
        assertEquals((float) (frame / 10.0), item.path("timestamp").floatValue());
        for (int i = 0; i < 3; i++) {
          assertEquals(TestRecording.state(episode, frame)[i], item.path("observation.state").get(i).floatValue());
          int then = Math.min(frame + i, length - 1);
          assertEquals(TestRecording.action(episode, then)[0], item.path("action").get(i).floatValue());
          assertEquals(frame + i >= length, item.path("action_is_pad").get(i).booleanValue());
        }
        assertPicture(item.path(TestRecording.CAMERA), episode, frame);
      }
    }
    assertEquals(index, read.path("frames").intValue());
  }

  private static void assertPicture(JsonNode picture, int episode, int frame) {
    assertEquals("[3,48,64]", picture.path("shape").toString());
    double[] sums = new double[3];
    byte[] pixels = TestRecording.picture(episode, frame).pixels();
    for (int i = 0; i < pixels.length; i++) {
      sums[i % 3] += (pixels[i] & 0xff) / (255.0 * 48 * 64);
    }
    for (int channel = 0; channel < 3; channel++) {
      assertEquals(sums[channel], picture.path("mean").get(channel).doubleValue(), 0.02, "episode " + episode + ", frame " + frame);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyItemIsWhatWasRecorded(boolean video) throws IOException, InterruptedException {
    Path root = directory.resolve("set");
    TestRecording.record(root, video, 0, 3);
    TestRecording.record(root, video, 3, 2);
    JsonNode read = read(root);
    assertHolds(read, 5);
    assertEquals(List.of(TestRecording.task(0), TestRecording.task(1)), List.of(read.path("tasks").get(0).textValue(), read.path("tasks").get(1).textValue()));
  }

  @Test
  void aSetThatLeRobotBeganIsGoneOnWith() throws IOException, InterruptedException {
    TestRecording.record(directory.resolve("ours"), true, 0, 2);
    Path root = directory.resolve("theirs");
    Python.run("src/testdata/tools/copy_dataset.py", directory.resolve("ours").toString(), root.toString());
    TestRecording.record(root, true, 2, 2);
    assertHolds(read(root), 4);
  }

  @Test
  void anEpisodeThatIsNotCountedIsNotThere() throws IOException, InterruptedException {
    Path root = directory.resolve("set");
    TestRecording.record(root, true, 0, 2);
    byte[] info = Files.readAllBytes(root.resolve("meta/info.json"));
    Path more = directory.resolve("more");
    TestRecording.record(more, true, 0, 3);
    Files.write(more.resolve("meta/info.json"), info);
    assertHolds(read(more), 2);
    TestRecording.record(root, true, 2, 1);
    Files.write(root.resolve("meta/info.json"), info);
    assertHolds(read(root), 2);
  }

  /** The same recording by LeRobot's own writer has the same statistics, but for the rounding of its single precision. */
  @Test
  void statisticsAreThoseThatLeRobotComputes() throws IOException, InterruptedException {
    Path root = directory.resolve("set");
    TestRecording.record(root, false, 0, 5);
    Python.run("src/testdata/tools/copy_dataset.py", root.toString(), directory.resolve("copy").toString());
    JsonNode ours = read(root).path("stats");
    JsonNode theirs = read(directory.resolve("copy")).path("stats");
    assertEquals(8, theirs.size());
    for (var feature : theirs.properties()) {
      JsonNode statistics = ours.path(feature.getKey());
      for (var statistic : feature.getValue().properties()) {
        for (int i = 0; i < statistic.getValue().size(); i++) {
          double expected = statistic.getValue().get(i).doubleValue();
          double found = statistics.path(statistic.getKey()).get(i).doubleValue();
          assertNear(feature.getKey() + " " + statistic.getKey(), statistic.getKey(), statistics, i, expected, found);
        }
      }
      assertTrue(statistics.size() >= 10, feature.getKey());
    }
  }

  private static void assertNear(String what, String name, JsonNode statistics, int i, double expected, double found) {
    double range = statistics.path("max").get(i).doubleValue() - statistics.path("min").get(i).doubleValue();
    double mean = statistics.path("mean").get(i).doubleValue();
    if (name.equals("std")) {
      // LeRobot takes the square of the mean from the mean of the squares, in single precision, summed up one by one.
      double summed = what.contains("image") ? TestRecording.length(4) * 48 * 64 : TestRecording.length(4);
      assertEquals(expected * expected, found * found, summed * Math.ulp(1f) * (mean * mean + found * found), what);
    } else {
      // A quantile may lie in the bin beside, of 5000.
      assertEquals(expected, found, (name.startsWith("q") ? range / 5000 : 0) + 1e-6 * Math.abs(found) + 1e-9, what);
    }
  }
}
