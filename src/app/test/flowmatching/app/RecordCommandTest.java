package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the built-in arm to a data set, as a user types it. */
class RecordCommandTest {
  @TempDir Path directory;

  private Outcome record(String output, String... more) {
    String[] line = new String[4 + more.length];
    System.arraycopy(new String[] {"record", "--robot=planar_arm", "--expert", "--output=" + directory.resolve(output)}, 0, line, 0, 4);
    System.arraycopy(more, 0, line, 4, more.length);
    return CommandLines.run(line);
  }

  @Test
  void theExpertsEpisodesAreASoundSetThatIsGoneOnWith() {
    Outcome first = record("set", "--episodes=3", "--task=push");
    assertEquals(0, first.code(), first.err());
    assertTrue(first.out().contains("3 episodes recorded, 3 in the set"), first.out());
    Outcome second = record("set", "--episodes=2", "--task=reach");
    assertTrue(second.out().contains("2 episodes recorded, 5 in the set"), second.out());
    try (LeRobotDataset dataset = LeRobotDataset.open(directory.resolve("set"))) {
      assertEquals(List.of("push the green block onto the red spot", "reach the red dot"), dataset.tasks());
      assertEquals(20, dataset.info().fps());
      assertEquals(List.of("shoulder", "elbow"), dataset.info().feature("action").names());
      for (int i = 0; i < dataset.size(); i++) {
        Item item = dataset.item(i, List.of());
        // The command leads the arm on its way, by little.
        assertEquals(item.values().get("observation.state")[0], item.values().get("action")[0], 0.6f);
      }
    }
    Outcome check = CommandLines.run("dataset", "check", directory.resolve("set").toString());
    assertEquals(0, check.code(), check.out());
    assertTrue(check.out().contains("no defect"), check.out());
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamedWithTheReason() throws IOException {
    Files.writeString(directory.resolve("file"), "");
    for (String output : List.of("file/set", "file")) {
      Outcome outcome = record(output, "--episodes=1");
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().startsWith("error: " + directory.resolve(output) + ": Not a directory"), outcome.err());
    }
  }

  @Test
  void aSeedIsOneRecordingAndAnotherSeedAnother() {
    record("a", "--episodes=2", "--seed=7");
    record("b", "--episodes=2", "--seed=7", "--images");
    record("c", "--episodes=2", "--seed=8");
    try (LeRobotDataset a = LeRobotDataset.open(directory.resolve("a")); LeRobotDataset b = LeRobotDataset.open(directory.resolve("b"));
        LeRobotDataset c = LeRobotDataset.open(directory.resolve("c"))) {
      assertEquals(a.episodes().stream().map(e -> e.length()).toList(), b.episodes().stream().map(e -> e.length()).toList());
      for (int i = 0; i < a.size(); i++) {
        assertArrayEquals(a.item(i).values().get("observation.state"), b.item(i).values().get("observation.state"));
        assertArrayEquals(a.item(i).values().get("action"), b.item(i).values().get("action"));
      }
      assertFalse(a.item(0).values().get("action")[0] == c.item(0).values().get("action")[0]);
    }
  }

  @Test
  void leRobotLoadsTheRecording() throws IOException, InterruptedException {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
    record("set", "--episodes=3");
    String out = Python.run("src/testdata/tools/read_dataset.py", directory.resolve("set").toString());
    JsonNode read = new ObjectMapper().readTree(out.lines().filter(line -> line.startsWith("{")).reduce((a, b) -> b).orElseThrow());
    assertEquals(3, read.path("episodes").intValue());
    assertEquals("reach the red dot", read.path("tasks").get(0).textValue());
    try (LeRobotDataset dataset = LeRobotDataset.open(directory.resolve("set"))) {
      assertEquals(dataset.size(), read.path("items").size());
      for (int i = 0; i < dataset.size(); i++) {
        JsonNode item = read.path("items").path(String.valueOf(i));
        assertEquals(dataset.item(i).values().get("action")[1], item.path("action").get(0).get(1).floatValue());
        assertEquals("[3,96,96]", item.path("observation.images.top").path("shape").toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "--robot=planar_arm --episodes=1 | --expert, found nobody",
    "--robot=planar_arm --expert --task=dance | 'reach the red dot'",
    "--robot=planar_arm --expert --episodes=0 | --episodes: expected at least 1, found 0",
    "--robot=planar_arm --expert --transport=dds | expected embedded",
    "--robot=so101 --task=x --expert | --expert: expected --robot=planar_arm or gazebo_arm, found so101",
    "--robot=so101 | --task: expected what is done",
    "--robot=so101 --task=x --fps=0 | --fps: expected 1 to 1000",
    "--robot=so101 --task=x --episode_time_s=0 | --episode_time_s",
    "--robot=so101 --task=x --transport=embedded | embedded reaches built-in robots only",
    "--robot=nobody --task=x | found 'nobody'",
  })
  void whatCannotBeRecordedIsRefusedBeforeAnythingIsWritten(String flags, String expected) {
    String line = "record --output=" + directory.resolve("set") + " " + flags;
    Outcome outcome = CommandLines.run(line.split(" "));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains(expected), outcome.err());
    assertFalse(Files.exists(directory.resolve("set")));
  }

  @Test
  void anotherSetIsNotAddedTo() throws IOException {
    Path other = directory.resolve("other");
    Files.createDirectories(other.resolve("meta"));
    Files.copy(TestData.path("datasets/reach_v30_image/meta/info.json"), other.resolve("meta/info.json"));
    Outcome outcome = record("other", "--episodes=1");
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("fps: expected 20"), outcome.err());
  }
}
