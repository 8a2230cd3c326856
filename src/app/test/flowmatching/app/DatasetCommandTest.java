package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCommandTest {
  private static final String OLD = TestData.path("datasets/reach_v21_video").toString();

  @TempDir Path directory;

  @Test
  void infoSaysWhatASetHolds() {
    Outcome outcome = CommandLines.run("dataset", "info", OLD, "--episodes");
    assertEquals(0, outcome.code(), outcome.err());
    for (String part : new String[] {"LeRobotDataset v2.1", "6 episodes, 190 frames, 10 frames/s", "20 to 60 frames an episode",
        "reach the blue dot (3 episodes)", "observation.images.side", "[96, 128, 3]", "joint_6", "5              60  reach the blue dot"}) {
      assertTrue(outcome.out().contains(part), part + " in\n" + outcome.out());
    }
  }

  @Test
  void infoMeasuresPartsThatAreLinksToAnotherDisk() throws IOException {
    Path set = Files.createDirectories(directory.resolve("set"));
    for (String part : new String[] {"meta", "data", "videos"}) {
      Files.createSymbolicLink(set.resolve(part), Path.of(OLD, part));
    }
    String expected = CommandLines.run("dataset", "info", OLD).out().lines().filter(line -> line.endsWith("MiB")).toList().toString();
    assertEquals(expected, CommandLines.run("dataset", "info", set.toString()).out().lines().filter(line -> line.endsWith("MiB")).toList().toString());
  }

  @Test
  void aLinkThatLeadsRoundIsNamed() throws IOException {
    Path set = directory.resolve("set");
    assertEquals(0, CommandLines.run("dataset", "convert", OLD, set.toString()).code());
    Files.createSymbolicLink(set.resolve("videos/again"), set.resolve("videos"));
    Outcome outcome = CommandLines.run("dataset", "info", set.toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains(set.resolve("videos") + ": cannot be listed"), outcome.err());
  }

  @Test
  void checkFindsNothingInASoundSetAndEndsWith1WhereItFindsSomething() throws IOException {
    assertEquals(0, CommandLines.run("dataset", "check", OLD).code());
    Path set = directory.resolve("set");
    assertEquals(0, CommandLines.run("dataset", "convert", OLD, set.toString()).code());
    Files.delete(set.resolve("videos/observation.images.top/chunk-000/file-000.mp4"));
    Outcome outcome = CommandLines.run("dataset", "check", set.toString());
    assertEquals(1, outcome.code());
    assertTrue(outcome.out().contains("defect: ") && outcome.out().contains("no such file"), outcome.out());
  }

  @Test
  void convertMakesANewSetAndRefusesToOverwriteOne() {
    Path set = directory.resolve("set");
    assertEquals(0, CommandLines.run("dataset", "convert", OLD, set.toString()).code());
    assertEquals(0, CommandLines.run("dataset", "check", set.toString()).code());
    assertTrue(CommandLines.run("dataset", "info", set.toString()).out().contains("LeRobotDataset v3.0"));
    assertEquals(2, CommandLines.run("dataset", "convert", OLD, set.toString()).code());
    assertEquals(2, CommandLines.run("dataset", "convert", set.toString(), directory.resolve("again").toString()).code());
  }

  /** It said that it was done, and left a directory without a set in it. */
  @Test
  void aSetWithoutEpisodesIsNotConverted() throws IOException {
    Path old = Files.createDirectories(directory.resolve("old/meta"));
    Files.writeString(old.resolve("info.json"), Files.readString(Path.of(OLD, "meta/info.json"))
        .replaceFirst("\"total_episodes\": *6", "\"total_episodes\": 0").replaceFirst("\"total_frames\": *190", "\"total_frames\": 0"));
    Files.copy(Path.of(OLD, "meta/tasks.jsonl"), old.resolve("tasks.jsonl"));
    Files.createFile(old.resolve("episodes.jsonl"));
    Files.createFile(old.resolve("episodes_stats.jsonl"));
    Outcome outcome = CommandLines.run("dataset", "convert", old.getParent().toString(), directory.resolve("new").toString());
    assertEquals(2, outcome.code(), outcome.out());
    assertTrue(outcome.err().contains("total_episodes: expected at least 1, found 0"), outcome.err());
    assertFalse(Files.exists(directory.resolve("new")));
  }

  @Test
  void whatIsNoSetIsBadInput() {
    for (String command : new String[] {"info", "check"}) {
      Outcome outcome = CommandLines.run("dataset", command, directory.resolve("nothing").toString());
      assertEquals(2, outcome.code());
      assertTrue(outcome.err().contains("found nothing"), outcome.err());
    }
    assertEquals(2, CommandLines.run("dataset").code());
  }
}
