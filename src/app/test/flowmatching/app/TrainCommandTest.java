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
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train} as a user types it, on a policy small enough for a test. */
class TrainCommandTest {
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");
  static final List<String> SMALL = List.of(
      "train", "--dataset.root=" + DATASET, "--policy.device=cpu", "--policy.hidden_dim=16", "--policy.num_layers=1", "--policy.num_heads=2",
      "--policy.n_action_steps=8", "--policy.num_steps=2", "--policy.vit_embed_dim=8", "--policy.image_size=[16,16]",
      "--policy.vit={\"patch_size\":8,\"num_layers\":1,\"num_heads\":2,\"mlp_dim\":16}", "--batch_size=2", "--num_workers=1");

  @TempDir Path directory;

  /** Where a test fails they would train on for half an hour. */
  @AfterEach
  void endProcesses() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void aRunLeavesCheckpointsMetricsAndAReport() throws IOException {
    Path run = directory.resolve("run");
    Outcome outcome = train("--output_dir=" + run, "--steps=4", "--log_freq=2", "--save_freq=2", "--dataset.eval_split=0.2", "--job_name=reach");
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals("report: " + run.resolve("report.html"), outcome.out().strip());
    assertEquals("000004", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
    List<JsonNode> metrics = metrics(run);
    assertEquals(List.of(2L, 2L, 4L, 4L), metrics.stream().map(line -> line.path("step").longValue()).toList());
    assertTrue(metrics.get(0).path("loss").doubleValue() > 0);
    assertTrue(metrics.get(1).path("eval_rmse").doubleValue() > 0);
    assertEquals(8, metrics.get(2).path("samples").longValue());
    String report = Files.readString(run.resolve("report.html"));
    assertTrue(report.contains("\"title\":\"loss\"") && report.contains("Predicted and recorded, episode"), "curves and predictions");
    assertFalse(report.contains("src=\"http"), "nothing is fetched");
    assertEquals(0, CommandLines.run("train", "--resume=true", "--output_dir=" + run).code(), "to upload it once more, say");
    assertEquals(report, Files.readString(run.resolve("report.html")), "a run that is done keeps its report");
    Files.delete(run.resolve("report.html"));
    assertEquals(0, CommandLines.run("train", "--resume=true", "--output_dir=" + run).code());
    assertTrue(Files.exists(run.resolve("report.html")), "what is said to be there is there");
    JsonNode config = JsonFile.read(run.resolve("checkpoints/000002/pretrained_model/train_config.json"));
    assertEquals("reach", config.path("job_name").textValue());
    assertEquals(run.toString(), config.path("output_dir").textValue());
    assertEquals(16, JsonFile.read(run.resolve("checkpoints/last/pretrained_model/config.json")).path("hidden_dim").intValue());
    Outcome eval = CommandLines.run("eval", "--policy.path=" + run.resolve("checkpoints/last"), "--dataset.root=" + DATASET, "--dataset.episodes=0", "--seed=1");
    assertEquals(0, eval.code(), eval.err());
  }

  @Test
  void ofEpisodesThatAreNamedTheLastAreHeldBack() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=1", "--dataset.episodes=[4,2,0]", "--dataset.eval_split=0.3").code());
    String report = Files.readString(run.resolve("report.html"));
    assertTrue(report.contains("Predicted and recorded, episode 0") && !report.contains("Predicted and recorded, episode 4"), report);
  }

  @Test
  void aResumedRunEndsWhereOneInOneGoDoes() throws IOException {
    Path whole = directory.resolve("whole");
    assertEquals(0, train("--output_dir=" + whole, "--steps=4", "--log_freq=1", "--save_freq=2").code());
    Path halves = directory.resolve("halves");
    copy(whole, halves, "000002");
    Outcome resumed = CommandLines.run("train", "--resume=true", "--config_path=" + halves.resolve("checkpoints/000002"), "--output_dir", halves.toString());
    assertEquals(0, resumed.code(), resumed.err());
    String model = "checkpoints/last/pretrained_model/model.safetensors";
    assertArrayEquals(Files.readAllBytes(whole.resolve(model)), Files.readAllBytes(halves.resolve(model)));
    List<JsonNode> once = metrics(whole);
    List<JsonNode> again = metrics(halves);
    assertEquals(4, again.size(), "each step is there once");
    assertEquals(once.get(3).path("loss"), again.get(3).path("loss"));
  }

  /** Without one of its own: as when it is killed before. Metrics of later steps are gone, so nothing may go on from there. */
  @Test
  void aRunThatGoesOnFromAnEarlierCheckpointHasThatForItsNewest() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=4", "--log_freq=1", "--save_freq=2").code());
    Outcome earlier = CommandLines.run(
        "train", "--resume=true", "--config_path=" + run.resolve("checkpoints/000002"), "--steps=3", "--save_checkpoint=false");
    assertEquals(0, earlier.code(), earlier.err());
    assertEquals("000002", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
    assertEquals(3, metrics(run).size());
    Path other = directory.resolve("other");
    assertEquals(0, CommandLines.run("train", "--resume=true", "--config_path=" + run.resolve("checkpoints/000004"), "--steps=5", "--output_dir=" + other).code());
    assertEquals("000002", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString(), "another run's is left alone");
  }

  /** What scp makes of a link; the first checkpoint of its own would end the run. */
  @Test
  void aCopyOfARunWhoseNewestCheckpointIsNoLinkIsRefusedBeforeItTrains() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=1").code());
    Path last = run.resolve("checkpoints/last");
    Files.delete(last);
    Files.move(run.resolve("checkpoints/000001"), last);
    Outcome refused = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=2");
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("error: " + last + ": expected a link to a checkpoint, found a directory"), refused.err());
    Files.move(last, run.resolve("checkpoints/000001"));
    Files.createSymbolicLink(last, Path.of("000001")); // as the message says
    Outcome goesOn = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=2");
    assertEquals(0, goesOn.code(), goesOn.err());
    assertEquals("000002", Files.readSymbolicLink(last).toString());
  }

  @Test
  void aRunThatGoesOnWithOtherBatchesCountsItsSamplesOn() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=4").code());
    assertEquals(0, CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--batch_size=1", "--steps=7").code());
    assertEquals(List.of(8L, 11L), metrics(run).stream().map(line -> line.path("samples").longValue()).toList());
  }

  @Test
  void aRunDoesNotEndBeforeWhereItIs() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=3", "--save_freq=0").code());
    Path config = run.resolve("checkpoints/000003/pretrained_model/train_config.json");
    String before = Files.readString(config);
    Outcome fewer = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=2");
    assertEquals(2, fewer.code(), fewer.err());
    assertTrue(fewer.err().contains("--steps: expected at least 3, which " + run.resolve("checkpoints/000003") + " has done, found 2"), fewer.err());
    assertEquals(before, Files.readString(config), "it is not written again");
    assertEquals(0, CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=3").code());
  }

  @Test
  void whatIsMeasuredIsThePolicyThatTheCheckpointHolds() throws IOException {
    Path run = directory.resolve("run");
    Outcome outcome = train("--output_dir=" + run, "--steps=4", "--policy.ema_decay=0.99", "--optimizer.lr=1e-2", "--dataset.eval_split=0.2");
    assertEquals(0, outcome.code(), outcome.err());
    double measured = metrics(run).stream().filter(line -> line.has("eval_rmse")).findFirst().orElseThrow().path("eval_rmse").doubleValue();
    Outcome eval = CommandLines.run("eval", "--policy.path=" + run.resolve("checkpoints/last"), "--dataset.root=" + DATASET, "--dataset.episodes=4,5",
        "--seed=1000", "--json");
    assertEquals(0, eval.code(), eval.err());
    assertEquals(new ObjectMapper().readTree(eval.out()).path("rmse").doubleValue(), measured, 1e-5, "the averaged weights, not those that are trained");
  }

  @Test
  void pythonLoadsStrictlyWhatWasTrainedAndComputesTheSame() throws Exception {
    Python.assumeModule("torch", "safetensors");
    assertEquals(0, train("--output_dir=" + directory.resolve("run"), "--steps=3", "--policy.ema_decay=0.9", "--optimizer.lr=1e-2").code());
    Path trained = directory.resolve("run/checkpoints/last/pretrained_model");
    Python.run("src/testdata/reference/flowmatching_reference.py", "golden", trained.toString());
    Outcome outcome = CommandLines.run("conformance", trained.toString(), "--tolerance=2e-5");
    assertEquals(0, outcome.code(), outcome.out() + outcome.err());
    assertTrue(outcome.out().contains("sample_10"), outcome.out());
  }

  @Test
  void aPolicyIsTrainedFurther() throws IOException {
    Path golden = TestData.path("golden_checkpoint/checkpoints/000003");
    Path run = directory.resolve("run");
    Outcome outcome = CommandLines.run(
        "train", "--dataset.root=" + DATASET, "--policy.path=" + golden, "--policy.device=cpu", "--output_dir=" + run, "--steps=1", "--batch_size=2", "--num_workers=0",
        "--optimizer.lr=1e-9", "--optimizer.weight_decay=0");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode config = JsonFile.read(run.resolve("checkpoints/last/pretrained_model/config.json"));
    assertEquals("vit_tiny_test", config.path("vision_backbone").textValue());
    assertEquals(golden.toString(), config.path("pretrained_path").textValue());
    byte[] before = Files.readAllBytes(golden.resolve("pretrained_model/model.safetensors"));
    byte[] after = Files.readAllBytes(run.resolve("checkpoints/last/pretrained_model/model.safetensors"));
    assertEquals(before.length, after.length);
  }

  @Test
  void aDirectoryThatIsThereIsNotWrittenOver() throws IOException {
    Path run = Files.createDirectories(directory.resolve("run"));
    Outcome empty = train("--output_dir=" + run, "--steps=1");
    assertEquals(2, empty.code());
    assertTrue(empty.err().contains("--output_dir: expected a new directory, found " + run + ", which has no checkpoint to go on from"), empty.err());
    assertEquals(0, train("--output_dir=" + directory.resolve("begun"), "--steps=1").code());
    Outcome begun = train("--output_dir=" + directory.resolve("begun"), "--steps=1");
    assertEquals(2, begun.code());
    assertTrue(begun.err().contains("--output_dir: expected a new directory, or --resume=true beside it, found "), begun.err());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      --policy.hidden_dimm=64         | --policy.hidden_dimm: unknown; the nearest flag is --policy.hidden_dim
      --env.type=pusht                | --env.type: there is no simulator
      --steps=many                    | --steps: expected a whole number
      --policy.device=tpu             | --policy.device: expected cpu, cuda
      --dataset.episodes=[99]         | expected an episode from 0 to
      --policy.delta_actions=[7]      | --policy.delta_actions: expected numbers from 0 to 6
      --policy.path=./no/such         | no/such
      --steps                         | --steps: expected a whole number of at least 1, found nothing
      --dataset.image_transforms.tfs={"a":{"type":"Posterize"}} | Posterize
      set                             | error: expected --FLAG=VALUE, found 'set'
      """)
  void whatCannotBeMeantIsOneLine(String flag, String message) {
    Outcome outcome = train("--dataset.image_transforms.enable=true", "--output_dir=" + directory.resolve("run"), flag);
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().lines().filter(line -> line.startsWith("error: ")).count() == 1 && outcome.err().contains(message), outcome.err());
    assertFalse(Files.exists(directory.resolve("run")), "nothing is written");
  }

  /** It would write checkpoints into that checkpoint, where nobody looks for them. */
  @Test
  void aRunIsResumedInItsOwnDirectoryNotInACheckpointOfIt() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=1").code());
    for (String place : List.of("checkpoints/last", "checkpoints/000001/pretrained_model", "checkpoints", "none")) {
      Outcome outcome = CommandLines.run("train", "--resume=true", "--output_dir=" + run.resolve(place), "--steps=2");
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().contains("error: --output_dir: expected a run's directory with checkpoints/last, found " + run.resolve(place)), outcome.err());
    }
    assertFalse(Files.exists(run.resolve("checkpoints/last/checkpoints")));
  }

  @Test
  void aSignalEndsItWithACheckpointAndAWayToGoOn() throws Exception {
    Path run = directory.resolve("my 'run'");
    Process process = start("--output_dir=" + run, "--steps=100000", "--log_freq=1");
    awaitLines(run.resolve("metrics.jsonl"), 3);
    process.destroy(); // SIGTERM
    assertEnds(process);
    String said = Files.readString(directory.resolve("messages"));
    assertEquals(143, process.exitValue(), said);
    String command = said.replaceAll("(?s).*go on with: ./flowmatching ([^\n]*).*", "$1");
    Process shell = new ProcessBuilder("sh", "-c", "printf '%s\n' " + command).start();
    assertEquals(List.of("train", "--resume=true", "--output_dir=" + run), new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList(), said);
    long stopped = metrics(run).stream().mapToLong(line -> line.path("step").longValue()).max().orElseThrow();
    assertEquals(stopped, JsonFile.read(run.resolve("checkpoints/last/training_state/training_step.json")).path("step").longValue());
    Outcome resumed = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=" + (stopped + 1));
    assertEquals(0, resumed.code(), resumed.err());
    assertEquals(stopped + 1, metrics(run).size());
  }

  @Test
  void aSignalDoesNotWaitForAMeasurement() throws Exception {
    Path run = directory.resolve("run");
    // Half a minute and more, after which torchrun kills.
    Process process = start("--output_dir=" + run, "--log_freq=1", "--dataset.eval_split=0.5", "--eval_steps=1", "--policy.n_action_steps=1",
        "--policy.num_layers=8", "--policy.num_steps=100");
    awaitLines(run.resolve("metrics.jsonl"), 1);
    process.destroy(); // SIGTERM
    assertEnds(process);
    assertEquals("000002", Files.readSymbolicLink(run.resolve("checkpoints/last")).toString());
    assertEquals(List.of(), metrics(run).stream().filter(line -> line.has("eval_rmse")).toList(), "it measured to the end");
  }

  @Test
  void aSignalEndsAtOnceWhatHasNotBegunToTrain() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    // Waits for a process that never comes, as others wait for a large download.
    Process process = start(
        Map.of("RANK", "0", "WORLD_SIZE", "2", "MASTER_ADDR", "localhost", "MASTER_PORT", String.valueOf(port)), "--output_dir=" + directory.resolve("run"));
    await("the process does not wait for others", () -> {
      try (Socket met = new Socket("localhost", port)) {
        return met.isConnected();
      } catch (IOException e) {
        return false;
      }
    });
    process.destroy(); // SIGTERM
    assertEnds(process);
    assertEquals(143, process.exitValue());
  }

  @Test
  void whatCannotBeWrittenEndsARunWithTheReasonAndAWayToGoOn() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=1").code());
    Files.delete(run.resolve("report.html"));
    Files.createDirectory(run.resolve("report.html")); // as good as a full disk
    Outcome outcome = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=3");
    assertTrue(outcome.err().contains("error: " + run + ": cannot be written: ") && outcome.err().contains("--resume=true --output_dir=" + run), outcome.err());
    assertFalse(outcome.err().contains("internal error"), outcome.err());
    assertEquals(2, outcome.code());
    Path other = directory.resolve("other");
    Files.createDirectories(other);
    Files.createFile(other.resolve("checkpoints"));
    Outcome without = CommandLines.run("train", "--resume=true", "--config_path=" + run.resolve("checkpoints/last"), "--output_dir=" + other, "--steps=4");
    assertTrue(without.err().contains("error: " + other + ": cannot be written: ") && without.err().contains("; there is no checkpoint yet to go on from"), without.err());
    assertEquals(2, without.code());
  }

  @Test
  void whereTheLastCheckpointCannotBeWrittenASignalsEndSaysSo() throws Exception {
    Path run = directory.resolve("run");
    Process process = start("--output_dir=" + run, "--steps=100000", "--log_freq=1", "--save_freq=0");
    awaitLines(run.resolve("metrics.jsonl"), 2);
    Files.createFile(run.resolve("checkpoints"));
    process.destroy(); // SIGTERM
    assertEnds(process);
    assertEquals(143, process.exitValue());
    assertTrue(Files.readString(directory.resolve("messages")).contains(run.resolve("checkpoints").toString()), Files.readString(directory.resolve("messages")));
  }

  @Test
  void aRunThatIsKilledGoesOnFromItsLastCheckpoint() throws Exception {
    Path run = directory.resolve("run");
    Process process = start("--output_dir=" + run, "--steps=100000", "--log_freq=1", "--save_freq=2");
    awaitLines(run.resolve("metrics.jsonl"), 5);
    process.destroyForcibly().waitFor(); // kill -9
    long saved = JsonFile.read(run.resolve("checkpoints/last/training_state/training_step.json")).path("step").longValue();
    Outcome resumed = CommandLines.run("train", "--resume=true", "--output_dir=" + run, "--steps=" + (saved + 2));
    assertEquals(0, resumed.code(), resumed.err());
    List<Long> steps = metrics(run).stream().map(line -> line.path("step").longValue()).toList();
    assertEquals(LongStream.rangeClosed(1, saved + 2).boxed().toList(), steps, "no step is missing or there twice");
  }

  @Test
  void aRunGoesOnWhereTheCheckpointThatItWentOnFromIsDeleted() throws Exception {
    Path run = directory.resolve("run");
    assertEquals(0, train("--output_dir=" + run, "--steps=1", "--log_freq=1").code());
    Process process = start("--resume=true", "--output_dir=" + run, "--steps=100000", "--save_freq=5");
    awaitLines(run.resolve("metrics.jsonl"), 7);
    Directories.delete(run.resolve("checkpoints/000001")); // to make room for others
    awaitLines(run.resolve("metrics.jsonl"), Files.readAllLines(run.resolve("metrics.jsonl")).size() + 10);
    process.destroy(); // SIGTERM
    assertEnds(process);
    assertEquals(143, process.exitValue(), Files.readString(directory.resolve("messages")));
    assertEquals(0, CommandLines.run("eval", "--policy.path=" + run, "--dataset.root=" + DATASET, "--dataset.episodes=0").code());
  }

  private static Outcome train(String... flags) {
    List<String> arguments = new ArrayList<>(SMALL);
    arguments.addAll(List.of(flags));
    return CommandLines.run(arguments.toArray(String[]::new));
  }

  private Process start(String... flags) throws IOException {
    return start(Map.of(), flags);
  }

  private Process start(Map<String, String> environment, String... flags) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(SMALL);
    command.addAll(List.of(flags));
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(directory.resolve("messages").toFile());
    process.environment().putAll(environment);
    return process.start();
  }

  /** In less than the ten minutes that a signal leaves a run, also on a machine that is busy. */
  private static void assertEnds(Process process) throws InterruptedException {
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, "it does not end");
  }

  private static void awaitLines(Path file, int count) throws Exception {
    await("the run does not begin", () -> Files.exists(file) && Files.readAllLines(file).size() >= count);
  }

  private static void await(String otherwise, Callable<Boolean> condition) throws Exception {
    for (int tenth = 0; tenth < 1200; tenth++) {
      if (condition.call()) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError(otherwise);
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  /** A run as it was when it had reached a checkpoint, with the metrics of what came after, as after kill -9. */
  private static void copy(Path from, Path to, String checkpoint) throws IOException {
    try (var files = Files.walk(from.resolve("checkpoints").resolve(checkpoint))) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    Files.copy(from.resolve("metrics.jsonl"), to.resolve("metrics.jsonl"));
  }
}
