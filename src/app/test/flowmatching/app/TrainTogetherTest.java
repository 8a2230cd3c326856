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
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code torchrun --no-python --nproc-per-node=2 ./flowmatching train}, with PyTorch's own torchrun. */
class TrainTogetherTest {
  /** A line of metrics and what follows: all processes are at work. One that is stopped before is not ready to save anything. */
  private static final String A_STEP = ".* left:.*";

  private static final String WEIGHTS = "checkpoints/last/pretrained_model/model.safetensors";

  @TempDir Path directory;

  /** Where a test fails they would train on for half an hour. */
  @AfterEach
  void endProcesses() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  @BeforeEach
  void torchrunIsThere() throws IOException, InterruptedException {
    Python.assumeModule("torch.distributed.run");
  }

  @Test
  void twoProcessesLearnWhatOneLearnsWithTheWholeBatch() throws Exception {
    Path alone = directory.resolve("alone");
    Path shared = directory.resolve("shared");
    run(java(alone, "--batch_size=4", "--steps=20", "--log_freq=1"));
    String said = new Torchrun(0, java(shared, "--batch_size=2", "--steps=20", "--log_freq=1")).end(0);
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
    Torchrun together = new Torchrun(0, java(run, "--batch_size=2", "--steps=100000", "--log_freq=1"));
    awaitLines(run.resolve("metrics.jsonl"), 3);
    String said = together.stop();
    assertTrue(said.contains("go on with: ./flowmatching train --resume=true --output_dir=" + run), said);
    long saved = saved(run);
    assertEquals(saved, metrics(run).size());
    run(List.of(command(), "train", "--resume=true", "--output_dir=" + run, "--steps=" + (saved + 1)));
    assertEquals(saved + 1, metrics(run).size());
  }

  @Test
  void whenOneProcessIsKilledTheRunIsStartedAgainFromItsLastCheckpoint() throws Exception {
    Path run = directory.resolve("run");
    Path other = directory.resolve("other");
    run(java(other, "--steps=1"));
    Torchrun together = new Torchrun(1, java(run, "--batch_size=2", "--steps=100000", "--log_freq=1", "--save_freq=5",
        "--policy.path=" + other.resolve("checkpoints/last"), "--rename_map={\"observation.images.a\":\"observation.images.b\"}"));
    awaitLines(run.resolve("metrics.jsonl"), 7);
    together.kill("1");
    together.await(said -> said.matches("(?s).*, from " + A_STEP), "it begins anew in place of going on");
    String said = together.stop();
    assertTrue(said.contains("failed (exitcode: -9) local_rank: 1"), "torchrun says which one: " + said);
    assertEquals(saved(run), metrics(run).size(), "each step is there once");
  }

  @Test
  void aRunThatLosesAProcessBeforeItsFirstCheckpointIsBegunAgain() throws Exception {
    Path run = directory.resolve("run");
    Torchrun together = new Torchrun(1, java(run, "--batch_size=2", "--steps=100000", "--log_freq=1", "--save_freq=0"));
    awaitLines(run.resolve("metrics.jsonl"), 3);
    together.kill("1");
    together.await(said -> said.matches("(?s).*steps: 100000\n.*steps: 100000\n" + A_STEP), "it does not begin again");
    together.stop();
    assertEquals(saved(run), metrics(run).size(), "each step is there once");
  }

  @Test
  void aRestartGoesOnFromTheNewestCheckpointWhateverTheCommandLineNames() throws Exception {
    Path run = directory.resolve("run");
    run(java(run, "--batch_size=2", "--steps=2", "--log_freq=1"));
    Torchrun together = new Torchrun(1, java("--resume=true", "--config_path=" + run.resolve("checkpoints/000002"), "--steps=100000", "--save_freq=5"));
    awaitLines(run.resolve("metrics.jsonl"), 7);
    together.kill("1");
    together.await(said -> said.matches("(?s).*steps: 100000, from 2 on.*steps: 100000, from \\d*[05] on" + A_STEP), "it does not go on from a later checkpoint");
    together.stop();
  }

  @Test
  void aRestartDoesNotTouchTheRunOfAnother() throws Exception {
    Path run = directory.resolve("run");
    run(java(run, "--batch_size=2", "--steps=2", "--log_freq=1"));
    String said = new Torchrun(1, java(run, "--batch_size=2", "--steps=4", "--seed=3")).end(1);
    assertEquals(2, said.lines().filter(line -> line.contains("--output_dir: expected a new directory")).count(), said);
    assertEquals("000002", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
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

  /** Two processes. Runs that are killed have no last step that they could reach before, however slow the machine is. */
  private static final class Torchrun {
    private final Process process;
    private final StringBuffer said = new StringBuffer();
    private final Thread reader = new Thread(this::read, "torchrun's output"); // a full pipe would stop it

    Torchrun(int restarts, List<String> program) throws IOException {
      List<String> all = new ArrayList<>(List.of("--no-python", "--nnodes=1", "--nproc-per-node=2", "--max-restarts=" + restarts,
          "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"));
      all.addAll(program);
      process = Python.startModule(environment -> environment.put("OMP_NUM_THREADS", "1"), "torch.distributed.run", all);
      reader.start();
    }

    private void read() {
      process.inputReader(StandardCharsets.UTF_8).lines().forEach(line -> said.append(line).append('\n'));
    }

    void await(Predicate<String> condition, String otherwise) throws InterruptedException {
      for (int tenth = 0; tenth < 1800 && process.isAlive() && !condition.test(said.toString()); tenth++) {
        Thread.sleep(100);
      }
      assertTrue(condition.test(said.toString()), otherwise + ": " + said);
    }

    /** Kills the process of a rank, as the kernel does where memory is short. */
    void kill(String rank) {
      for (ProcessHandle worker : process.descendants().toList()) {
        try {
          Path environment = Path.of("/proc", String.valueOf(worker.pid()), "environ");
          if (List.of(Files.readString(environment).split("\0")).contains("RANK=" + rank)) {
            worker.destroyForcibly();
            return;
          }
        } catch (IOException e) {
          continue; // a process that has ended meanwhile is not the one
        }
      }
      throw new AssertionError("rank " + rank + " is not there: " + said);
    }

    /** SIGTERM, which torchrun passes on. */
    String stop() throws InterruptedException {
      process.toHandle().destroy(); // unlike the process's own method it leaves the output open
      assertNotEquals(0, process.waitFor());
      reader.join();
      return said.toString();
    }

    String end(int code) throws InterruptedException {
      assertEquals(code, process.waitFor(), said::toString);
      reader.join();
      return said.toString();
    }
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

  /** Steps at the run's last checkpoint. */
  private static long saved(Path run) {
    return JsonFile.read(run.resolve("checkpoints/last/training_state/training_step.json")).path("step").longValue();
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
