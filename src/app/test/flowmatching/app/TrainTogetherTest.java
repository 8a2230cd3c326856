package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code torchrun --no-python --nproc-per-node=2 ./flowmatching train}, with PyTorch's own torchrun. */
class TrainTogetherTest {
  private static final String WEIGHTS = "checkpoints/last/pretrained_model/model.safetensors";

  @TempDir Path directory;

  @BeforeEach
  void torchrunIsThere() throws IOException, InterruptedException {
    Python.assumeModule("torch.distributed.run");
  }

  @Test
  void twoProcessesLearnWhatOneLearnsWithTheWholeBatch() throws Exception {
    Path alone = directory.resolve("alone");
    Path shared = directory.resolve("shared");
    run(java(alone, "--batch_size=4", "--steps=20", "--log_freq=1"));
    String said = end(0, torchrun(0, java(shared, "--batch_size=2", "--steps=20", "--log_freq=1")));
    assertEquals(1, said.lines().filter(line -> line.contains("checkpoints/000020")).count(), "only one process writes: " + said);
    List<JsonNode> one = metrics(alone);
    List<JsonNode> two = metrics(shared);
    assertEquals(20, two.size());
    for (int step = 0; step < 20; step++) {
      assertEquals(one.get(step).path("loss").doubleValue(), two.get(step).path("loss").doubleValue(), 1e-4, "mean loss of step " + (step + 1));
      assertEquals(one.get(step).path("samples"), two.get(step).path("samples"));
    }
    try (SafetensorsFile wanted = SafetensorsFile.open(alone.resolve(WEIGHTS)); SafetensorsFile found = SafetensorsFile.open(shared.resolve(WEIGHTS))) {
      for (String name : wanted.names()) {
        float[] values = wanted.floats(name);
        float[] others = found.floats(name);
        for (int i = 0; i < values.length; i++) {
          // The bias of attention's keys shifts all scores alike: its gradient is rounding alone, which Adam makes large.
          if (!(name.endsWith("in_proj_bias") && i / (values.length / 3) == 1) && !name.endsWith("kv_proj.bias")) {
            assertEquals(values[i], others[i], 1e-5, name);
          }
        }
      }
    }
  }

  @Test
  void aSignalEndsAllProcessesAfterTheSameStepWithACheckpoint() throws Exception {
    Path run = directory.resolve("run");
    Process process = torchrun(0, java(run, "--batch_size=2", "--steps=100000", "--log_freq=1"));
    awaitLines(run.resolve("metrics.jsonl"), 3);
    process.toHandle().destroy(); // SIGTERM, which torchrun passes on; unlike the process's own method it leaves the output open
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertNotEquals(0, process.waitFor());
    assertTrue(said.contains("go on with: ./flowmatching train --resume=true --output_dir=" + run), said);
    long saved = JsonFile.read(run.resolve("checkpoints/last/training_state/training_step.json")).path("step").longValue();
    assertEquals(saved, metrics(run).size());
    run(List.of(command(), "train", "--resume=true", "--output_dir=" + run, "--steps=" + (saved + 1)));
    assertEquals(saved + 1, metrics(run).size());
  }

  @Test
  void whenOneProcessIsKilledTheRunIsStartedAgainFromItsLastCheckpoint() throws Exception {
    Path run = directory.resolve("run");
    Path other = directory.resolve("other");
    run(java(other, "--steps=1"));
    Process process = torchrun(1, java(run, "--batch_size=2", "--steps=40", "--log_freq=1", "--save_freq=5",
        "--policy.path=" + other.resolve("checkpoints/last"), "--rename_map={\"observation.images.a\":\"observation.images.b\"}"));
    awaitLines(run.resolve("metrics.jsonl"), 7);
    kill(process, "1");
    String said = end(0, process);
    assertTrue(said.contains("failed (exitcode: -9) local_rank: 1"), "torchrun says which one: " + said);
    assertTrue(said.contains(", from "), "it goes on and does not begin anew: " + said);
    assertEquals(40, metrics(run).size(), "each step is there once");
    assertEquals("000040", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
  }

  @Test
  void aRunThatLosesAProcessBeforeItsFirstCheckpointIsBegunAgain() throws Exception {
    Path run = directory.resolve("run");
    Process process = torchrun(1, java(run, "--batch_size=2", "--steps=30", "--log_freq=1", "--save_freq=0"));
    awaitLines(run.resolve("metrics.jsonl"), 3);
    kill(process, "1");
    end(0, process);
    assertEquals(30, metrics(run).size(), "each step is there once");
    assertEquals("000030", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
  }

  @Test
  void aRestartGoesOnFromTheNewestCheckpointWhateverTheCommandLineNames() throws Exception {
    Path run = directory.resolve("run");
    run(java(run, "--batch_size=2", "--steps=2", "--log_freq=1"));
    Process process = torchrun(1, java("--resume=true", "--config_path=" + run.resolve("checkpoints/000002"), "--steps=40", "--save_freq=5"));
    awaitLines(run.resolve("metrics.jsonl"), 7);
    kill(process, "1");
    String said = end(0, process);
    assertTrue(said.contains("steps: 40, from 2 on") && said.matches("(?s).*steps: 40, from \\d*[05] on.*"), said);
  }

  @Test
  void aRestartDoesNotTouchTheRunOfAnother() throws Exception {
    Path run = directory.resolve("run");
    run(java(run, "--batch_size=2", "--steps=2", "--log_freq=1"));
    String said = end(1, torchrun(1, java(run, "--batch_size=2", "--steps=4", "--seed=3")));
    assertEquals(2, said.lines().filter(line -> line.contains("--output_dir: expected a new directory")).count(), said);
    assertEquals("000002", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
  }

  /** Kills the process of a rank, as the kernel does where memory is short. */
  private static void kill(Process torchrun, String rank) throws IOException {
    for (ProcessHandle worker : torchrun.descendants().toList()) {
      Path environment = Path.of("/proc", String.valueOf(worker.pid()), "environ");
      if (List.of(Files.readString(environment).split("\0")).contains("RANK=" + rank)) {
        worker.destroyForcibly();
        return;
      }
    }
    throw new AssertionError("rank " + rank + " is not there");
  }

  private static String command() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static List<String> java(Path output, String... flags) {
    List<String> all = new ArrayList<>(TrainCommandTest.SMALL.subList(1, TrainCommandTest.SMALL.size()));
    all.addAll(List.of("--policy.dropout=0", "--output_dir=" + output));
    all.addAll(List.of(flags));
    return java(all.toArray(String[]::new));
  }

  private static List<String> java(String... flags) {
    List<String> all = new ArrayList<>(List.of(command(), "-Xmx400m", "-Dflowmatching.home=" + TestData.home(), "-cp", System.getProperty("java.class.path"),
        Main.class.getName(), "train"));
    all.addAll(List.of(flags));
    return all;
  }

  private static Process torchrun(int restarts, List<String> program) throws IOException {
    List<String> all = new ArrayList<>(List.of("--no-python", "--nnodes=1", "--nproc-per-node=2", "--max-restarts=" + restarts,
        "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"));
    all.addAll(program);
    return Python.startModule(environment -> environment.put("OMP_NUM_THREADS", "1"), "torch.distributed.run", all);
  }

  private static void run(List<String> program) throws Exception {
    List<String> all = new ArrayList<>(program);
    if (program.get(1).equals("train")) {
      all.addAll(1, List.of("-Dflowmatching.home=" + TestData.home(), "-cp", System.getProperty("java.class.path"), Main.class.getName()));
    }
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.environment().putAll(Map.of("OMP_NUM_THREADS", "1"));
    end(0, builder.start());
  }

  private static String end(int code, Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(code, process.waitFor(), said);
    return said;
  }

  private static void awaitLines(Path file, int count) throws IOException, InterruptedException {
    for (int tenth = 0; tenth < 1800 && (!Files.exists(file) || Files.readAllLines(file).size() < count); tenth++) {
      Thread.sleep(100);
    }
    assertTrue(Files.readAllLines(file).size() >= count, "the run does not begin");
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
