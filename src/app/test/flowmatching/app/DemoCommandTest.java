package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir Path directory;

  @Test
  void theDemoLeavesMovingPicturesAndASuccessRate() throws IOException {
    Path report = directory.resolve("demo.html");
    Outcome outcome = CommandLines.run("demo", "--episodes=2", "--report=" + report);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("of 2 episodes succeeded"), outcome.out());
    String page = Files.readString(report);
    assertEquals(2, page.split("class=\"film\"", -1).length - 1);
    assertTrue(page.contains("of 2 episodes succeeded") && page.contains("\"title\":\"shoulder\""), "rate and joints");
    assertFalse(page.contains("src=\"http"), "nothing is fetched");
    assertFalse(page.contains("publish lateness"), "nothing is late in lock step");
    assertFalse(page.contains("\"title\":\"observation age\""), "no distribution of ages that are all 0");
  }

  /** All films of some thousand episodes would not fit into memory. */
  @Test
  void ofManyEpisodesTheFirstAreShownAndAllAreCounted() throws IOException {
    Path report = directory.resolve("demo.html");
    Outcome outcome = CommandLines.run("demo", "--episodes=51", "--report=" + report);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("of 51 episodes succeeded"), outcome.out());
    String page = Files.readString(report);
    assertEquals(50, page.split("class=\"film\"", -1).length - 1);
    assertTrue(page.contains("<h2>The first 50 episodes</h2>"), "it is said");
  }

  @Test
  void evalCountsSuccessesOfTheArm() throws IOException {
    String policy = "--policy.path=" + TestData.home().resolve("models/demo");
    Outcome outcome = CommandLines.run("eval", "--robot=planar_arm", policy, "--episodes=2", "--seed=3", "--solver=heun", "--policy.num_steps=2", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode json = new ObjectMapper().readTree(outcome.out());
    assertEquals(2, json.path("episodes").intValue());
    assertEquals(json.path("successes").intValue() / 2.0, json.path("success_rate").doubleValue());
    assertEquals(0, json.path("missed_commands").intValue());
    Outcome unknown = CommandLines.run("eval", "--robot=so101", policy);
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("expected planar_arm"), unknown.err());
  }

  @Test
  void theBundledPolicyIsSmall() throws IOException {
    try (Stream<Path> files = Files.walk(TestData.home().resolve("models/demo"))) {
      assertTrue(files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum() <= 10_000_000, "bytes");
    }
  }
}
