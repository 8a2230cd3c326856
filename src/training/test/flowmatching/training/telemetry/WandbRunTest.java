package flowmatching.training.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.Python;
import flowmatching.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real wandb, offline. */
class WandbRunTest {
  @TempDir Path directory;

  @Test
  void whatIsLoggedIsInTheRunWhichEndsWithTheExitCode() throws Exception {
    Python.assumeModule("wandb");
    WandbRun run = WandbRun.start(init("offline"));
    run.log(200, "train", metrics(0.5));
    run.log(200, "eval", metrics(0.25));
    run.log(400, "train", metrics(0.125));
    run.artifact("policy:flowmatching/x-000400", TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model/model.safetensors"));
    run.finish(0);
    assertEquals(Optional.empty(), run.problem());
    List<JsonNode> records = records();
    JsonNode first = records.get(0);
    assertEquals("0123abcd", first.path("run").textValue());
    assertEquals("robots", first.path("project").textValue());
    assertEquals(32, first.at("/config/batch_size").intValue());
    JsonNode history = find(records, "history");
    assertEquals(200, history.path("step").intValue());
    assertEquals(0.5, history.at("/history/train~1loss").doubleValue());
    assertEquals(0.25, history.at("/history/eval~1loss").doubleValue(), "metrics of one step are one row");
    assertEquals("policy_flowmatching_x-000400", find(records, "artifact").path("artifact").textValue());
    assertEquals(0, find(records, "exit").path("exit").intValue());
  }

  @Test
  void aTrainerThatIsKilledLeavesARunMarkedAsFailed() throws Exception {
    Python.assumeModule("wandb");
    WandbRun run = WandbRun.start(init("offline"));
    run.log(1, "train", metrics(0.5));
    run.abandon();
    assertTrue(run.process().waitFor(1, TimeUnit.MINUTES));
    assertEquals(1, find(records(), "exit").path("exit").intValue());
    assertEquals(1, records().stream().filter(record -> record.has("history")).count());
  }

  @Test
  void trainingGoesOnWhereItsProcessDies() throws Exception {
    Python.assumeModule("wandb");
    WandbRun run = WandbRun.start(init("offline"));
    run.process().destroyForcibly().waitFor();
    for (int step = 1; step < 20_000; step++) {
      run.log(step, "train", metrics(step));
    }
    run.finish(0);
    assertTrue(run.problem().orElseThrow().startsWith("its process ended before the run"), run.problem().toString());
  }

  @Test
  void weightsThatCannotBeSentCostNoMetrics() throws Exception {
    Python.assumeModule("wandb");
    WandbRun run = WandbRun.start(init("offline"));
    run.log(200, "train", metrics(0.5));
    run.artifact("policy", directory.resolve("removed.safetensors"));
    run.log(400, "train", metrics(0.25));
    run.finish(0);
    List<JsonNode> records = records();
    assertEquals(2, records.stream().filter(record -> record.has("history")).count());
    assertEquals(0, find(records, "exit").path("exit").intValue());
    assertEquals(Optional.empty(), run.problem());
  }

  @Test
  void whatWandbRefusesIsSaidInItsWords() throws Exception {
    Python.assumeModule("wandb");
    WandbRun run = WandbRun.start(init("sometimes"));
    run.log(1, "train", metrics(1));
    run.finish(0);
    assertTrue(run.problem().orElseThrow().contains("sometimes"), run.problem().toString());
  }

  @Test
  void withoutPythonASentenceSaysWhatToInstall() {
    WandbRun run = WandbRun.start("/no/such/python", init("offline"));
    run.log(1, "train", metrics(1));
    run.finish(0);
    assertTrue(run.problem().orElseThrow().contains("pip install wandb"), run.problem().toString());
  }

  @Test
  void withoutWandbASentenceSaysWhatToInstall() throws Exception {
    Python.assumeModule("sys");
    Path bare = directory.resolve("python"); // without the packages that are installed
    Files.writeString(bare, "#!/bin/sh\nexec python3 -I -S \"$@\"\n");
    assertTrue(bare.toFile().setExecutable(true));
    WandbRun run = WandbRun.start(bare.toString(), init("offline"));
    run.finish(0);
    assertTrue(run.problem().orElseThrow().contains("pip install wandb"), run.problem().toString());
  }

  /** A run of another Python leaves ./wandb there, which Python takes for a package. */
  @Test
  void whatLiesInTheWorkingDirectoryIsNotImported() throws Exception {
    Python.assumeModule("sys");
    Files.createDirectories(directory.resolve("wandb"));
    Files.writeString(directory.resolve("json.py"), "raise SystemExit('not this one')\n");
    Path bare = directory.resolve("python");
    Files.writeString(bare, "#!/bin/sh\ncd '" + directory + "'\nexec python3 -E -s -S \"$@\"\n");
    assertTrue(bare.toFile().setExecutable(true));
    WandbRun run = WandbRun.start(bare.toString(), init("offline"));
    run.finish(0);
    assertTrue(run.problem().orElseThrow().contains("pip install wandb"), run.problem().toString());
  }

  private ObjectNode init(String mode) {
    ObjectNode init = JsonNodeFactory.instance.objectNode();
    init.put("id", "0123abcd").put("project", "robots").put("mode", mode).put("dir", directory.toString());
    init.putObject("config").put("batch_size", 32);
    return init;
  }

  private static ObjectNode metrics(double loss) {
    return JsonNodeFactory.instance.objectNode().put("loss", loss);
  }

  private static JsonNode find(List<JsonNode> records, String key) {
    return records.stream().filter(record -> record.has(key)).findFirst().orElseThrow(() -> new AssertionError(records));
  }

  private List<JsonNode> records() throws IOException, InterruptedException {
    Path made;
    try (Stream<Path> runs = Files.list(directory.resolve("wandb"))) {
      made = runs.filter(path -> path.getFileName().toString().startsWith("offline-run-")).findFirst().orElseThrow();
    }
    List<JsonNode> records = new ArrayList<>();
    for (String line : Python.run("src/testdata/tools/read_wandb.py", made.toString()).lines().toList()) {
      records.add(new ObjectMapper().readTree(line));
    }
    return records;
  }
}
