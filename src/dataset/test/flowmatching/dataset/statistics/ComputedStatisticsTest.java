package flowmatching.dataset.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.BrokenSets;
import flowmatching.dataset.DatasetStatistics;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.ReadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the statistics that LeRobot computed when it recorded the set; its pictures are stored as they were recorded. */
class ComputedStatisticsTest {
  private static final Path RECORDED = TestData.path("datasets/reach_v30_image");
  private static final String STATE = "observation.state";
  private static final String TOP = "observation.images.top";
  private static final String SIDE = "observation.images.side";

  @TempDir Path root;

  @BeforeEach
  void copySet() {
    BrokenSets.copy(RECORDED, root);
  }

  private static Map<String, Map<String, float[]>> lerobots() {
    try (LeRobotDataset dataset = LeRobotDataset.open(RECORDED)) {
      return dataset.statistics().byFeature();
    }
  }

  @Test
  void aSetWithoutStatisticsGetsThoseThatLeRobotComputes() throws IOException {
    Files.delete(root.resolve("meta/stats.json"));
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      List<String> keys = List.of(STATE, "action", TOP, SIDE);
      Map<String, Map<String, float[]>> found = ComputedStatistics.complete(dataset, keys).byFeature();
      assertEquals(keys, List.copyOf(found.keySet()));
      for (String key : keys) {
        Map<String, float[]> wanted = lerobots().get(key);
        assertEquals(wanted.keySet(), found.get(key).keySet());
        wanted.forEach((name, values) -> {
          for (int i = 0; i < values.length; i++) {
            assertNear(key + " " + name, name, wanted, i, found.get(key).get(name)[i]);
          }
        });
      }
    }
  }

  private static void assertNear(String what, String name, Map<String, float[]> wanted, int i, float found) {
    boolean isPicture = what.contains("image");
    if (isPicture && (name.equals("mean") || name.equals("std"))) {
      // LeRobot sums the pixels up in single precision and loses some beyond 2^24; the next test knows the true ones.
      return;
    }
    float expected = wanted.get(name)[i];
    if (name.equals("std")) {
      // LeRobot takes the square of the mean from the mean of the squares, each rounded up to 60 times, the longest episode's frames.
      double mean = wanted.get("mean")[i];
      assertEquals(expected * expected, found * found, 60 * Math.ulp(1f) * (mean * mean + found * found), what);
      return;
    }
    // A quantile may lie in the bin beside, of 5000.
    double bin = name.startsWith("q") ? (wanted.get("max")[i] - wanted.get("min")[i]) / 5000 : 0;
    assertEquals(expected, found, bin + 1e-6 * Math.abs(expected) + 1e-9, what);
  }

  @Test
  void meanAndDeviationOfPicturesAreThoseOfTheirPixels() throws IOException {
    Files.delete(root.resolve("meta/stats.json"));
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      Map<String, float[]> found = ComputedStatistics.complete(dataset, List.of(SIDE)).byFeature().get(SIDE);
      for (int channel = 0; channel < 3; channel++) {
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (int index = 0; index < dataset.size(); index++) {
          byte[] pixels = dataset.image(index, SIDE).pixels();
          for (int i = channel; i < pixels.length; i += 3, count++) {
            double value = (pixels[i] & 0xff) / 255.0;
            sum += value;
            squares += value * value;
          }
        }
        double mean = sum / count;
        assertEquals(mean, found.get("mean")[channel], 1e-6);
        assertEquals(Math.sqrt(squares / count - mean * mean), found.get("std")[channel], 1e-6);
      }
    }
  }

  @Test
  void onlyWhatIsMissingIsComputed() throws IOException {
    ObjectNode json = JsonFile.read(root.resolve("meta/stats.json"));
    json.remove("action");
    json.withObject(STATE).remove("q10");
    JsonFile.write(root.resolve("meta/stats.json"), json);
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      DatasetStatistics found = ComputedStatistics.complete(dataset, List.of("action", STATE, TOP));
      Map<String, Map<String, float[]>> known = dataset.statistics().byFeature();
      assertSame(known.get(TOP), found.byFeature().get(TOP));
      assertSame(known.get("timestamp"), found.byFeature().get("timestamp"));
      assertEquals(lerobots().get(STATE).keySet(), found.byFeature().get(STATE).keySet());
      assertEquals(lerobots().get("action").keySet(), found.byFeature().get("action").keySet());
    }
  }

  @Test
  void anEpisodeThatIsNotReadCountsToo() throws IOException {
    Files.delete(root.resolve("meta/stats.json"));
    try (LeRobotDataset dataset = LeRobotDataset.open(root, ReadOptions.defaults().withEpisodes(List.of(2)))) {
      float[] count = ComputedStatistics.complete(dataset, List.of("action")).byFeature().get("action").get("count");
      assertTrue(dataset.size() < count[0]);
      assertEquals(dataset.info().totalFrames(), count[0]);
    }
  }
}
