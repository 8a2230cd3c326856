package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands do that look at a policy, let it predict or drive a replayed robot, or make another form of it. */
class PolicyCommandsTest {
  private static final String CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model").toString();
  private static final String DATASET = TestData.path("datasets/reach_v30_image").toString();
  private static final String FULL_SIZE = TestData.path("reference/full_size_one_camera.json").toString();

  @TempDir Path directory;

  @Test
  void infoCountsTheParametersOfTheFullSize() throws IOException {
    assertEquals(169_608_992, json(CommandLines.run("info", "--json", FULL_SIZE)).path("parameters").intValue());
    ObjectNode two = JsonFile.read(Path.of(FULL_SIZE));
    two.withObject("input_features").putObject("observation.images.wrist").put("type", "VISUAL").putArray("shape").add(3).add(480).add(640);
    Path config = directory.resolve("two.json");
    Files.writeString(config, two.toString());
    assertEquals(170_395_424, json(CommandLines.run("info", "--json", config.toString())).path("parameters").intValue());
  }

  @Test
  void infoSaysHowACheckpointWasTrained() {
    Outcome outcome = CommandLines.run("info", CHECKPOINT);
    assertTrue(outcome.out().contains("trained on local/reach_v30_image, 100 steps, batch 4, adamw with learning rate 1.0E-4, seed 1000"), outcome.out());
  }

  /** LeRobot's layout, which README.md lets every command take. */
  @Test
  void aTrainingStepIsTakenAsTheCheckpointInIt() throws IOException {
    String step = Path.of(CHECKPOINT).getParent().toString();
    assertEquals(CommandLines.run("info", CHECKPOINT).out(), CommandLines.run("info", step).out());
    Outcome runtimes = CommandLines.run("runtimes", "--policy.path=" + step, "--dataset.root=" + DATASET, "--observations=1", "--threads=1");
    assertEquals(0, runtimes.code(), runtimes.err());
    Path golden = Files.createDirectory(directory.resolve("pretrained_model"));
    for (String file : List.of("config.json", "model.safetensors", "golden.json", "golden.safetensors")) {
      Files.copy(TestData.path("golden_models/e_state_only").resolve(file), golden.resolve(file));
    }
    Outcome conformance = CommandLines.run("conformance", directory.toString(), "--threads=1", "--runtime=onnxruntime");
    assertEquals(0, conformance.code(), conformance.err());
  }

  @Test
  void infoListsEveryLayer() {
    Outcome outcome = CommandLines.run("info", "--layers", CHECKPOINT);
    assertEquals(0, outcome.code());
    assertTrue(outcome.out().contains("model.action_out_proj.weight [32, 32]"), outcome.out());
  }

  @Test
  void predictGivesAChunkAsJsonAndTheSameAsCsv() {
    String[] common = {"predict", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--episode=1", "--frame=3", "--seed=7"};
    JsonNode chunk = json(CommandLines.run(common));
    assertEquals(50, chunk.path("actions").size());
    assertEquals(7, chunk.path("actions").get(0).size());
    assertEquals("gripper", chunk.path("names").get(6).textValue());
    List<String> lines = CommandLines.run(append(common, "--format=csv")).out().lines().toList();
    assertEquals("step,joint_1,joint_2,joint_3,joint_4,joint_5,joint_6,gripper", lines.get(0));
    assertEquals(51, lines.size());
    assertEquals(chunk.path("actions").get(49).get(0).floatValue(), Float.parseFloat(lines.get(50).split(",")[1]));
  }

  @Test
  void evalMeasuresEveryDimensionAndLeavesAReport() throws IOException {
    Path report = directory.resolve("eval.html");
    Outcome outcome = CommandLines.run(
        "eval", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--dataset.episodes=0,2", "--seed=1", "--json", "--report=" + report);
    JsonNode result = json(outcome);
    assertEquals(7, result.path("rmse_by_dimension").size());
    assertEquals(50, result.path("rmse_by_step").size());
    assertTrue(result.path("rmse").doubleValue() > 0, outcome.out());
    String html = Files.readString(report);
    assertTrue(html.contains("joint_5") && html.contains("Predicted and recorded, episode 2"));
  }

  @Test
  void evalInBatchesFindsTheSameErrorsAlsoAcrossEpisodes() {
    String[] common = {"eval", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--dataset.episodes=0,2", "--seed=1", "--stride=9", "--json"};
    JsonNode single = json(CommandLines.run(common));
    JsonNode batched = json(CommandLines.run(append(common, "--batch=4")));
    assertEquals(single.path("actions").intValue(), batched.path("actions").intValue());
    assertEquals(single.path("rmse").doubleValue(), batched.path("rmse").doubleValue(), 1e-5 * single.path("rmse").doubleValue());
    assertEquals(2, CommandLines.run(append(common, "--batch=0")).code());
  }

  @Test
  void newMakesACheckpointThatRunsAndRefusesToOverwriteIt() {
    Path config = TestData.path("golden_models/b_small_one_camera/config.json");
    Path made = directory.resolve("made");
    assertEquals(0, CommandLines.run("new", config.toString(), made.toString()).code());
    assertEquals(0, CommandLines.run("info", made.toString()).code());
    JsonNode bench = json(CommandLines.run("bench", made.toString(), "--runs=2", "--json")).path("rows").path(0);
    assertTrue(bench.path("chunk_ms").doubleValue() > 0, bench.toString());
    JsonNode training = json(CommandLines.run("bench", made.toString(), "--training=3", "--batch_size=2", "--policy.use_amp", "--threads=1", "--json"));
    assertTrue(training.path("training_step_ms").doubleValue() > 0 && training.path("chunk_ms").isMissingNode(), training.toString());
    assertTrue(training.path("training").textValue().contains("bfloat16"), training.toString());
    Outcome again = CommandLines.run("new", config.toString(), made.toString());
    assertEquals(2, again.code());
    assertTrue(again.err().contains("holds a checkpoint already"), again.err());
  }

  @Test
  void newWithADataSetRunsWithItsStatistics() {
    Path made = directory.resolve("made");
    assertEquals(0, CommandLines.run("new", CHECKPOINT + "/config.json", made.toString(), "--dataset.root=" + DATASET).code());
    assertEquals(0, CommandLines.run("predict", "--policy.path=" + made, "--dataset.root=" + DATASET).code());
    Path other = directory.resolve("other");
    String config = TestData.path("golden_models/c_three_cameras_no_padding/config.json").toString();
    Outcome refused = CommandLines.run("new", config, other.toString(), "--dataset.root=" + DATASET);
    assertEquals(2, refused.code());
    assertFalse(Files.exists(other.resolve("model.safetensors")), "nothing is written for a data set that does not fit");
  }

  @Test
  void exportWritesSmallModelsBesideTheWeights() throws IOException {
    Path out = directory.resolve("onnx");
    assertEquals(0, CommandLines.run("export", CHECKPOINT, "--output=" + out).code());
    for (String name : List.of("vision.onnx", "condition.onnx", "velocity.onnx", "integrate.onnx")) {
      assertTrue(Files.size(out.resolve(name)) < 200_000, name);
    }
    assertTrue(Files.exists(out.resolve("model.safetensors")));
  }

  @Test
  void exportRefusesAFileInTheDirectorysPlace() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    for (Path output : List.of(file, file.resolve("models"))) {
      Outcome outcome = CommandLines.run("export", CHECKPOINT, "--output=" + output);
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().startsWith("error: --output: expected a directory") && outcome.err().contains(output.toString()), outcome.err());
      assertFalse(outcome.err().contains("Exception"), outcome.err());
    }
  }

  @Test
  void aStateThatIsNoNumbersIsNamed() throws IOException {
    for (String part : List.of("data", "meta/episodes", "meta/tasks.parquet")) {
      Files.createDirectories(directory.resolve(part).getParent());
      Files.createSymbolicLink(directory.resolve(part), Path.of(DATASET, part));
    }
    ObjectNode info = JsonFile.read(Path.of(DATASET, "meta/info.json"));
    info.withObject("features").withObject("observation.state").put("dtype", "string");
    JsonFile.write(directory.resolve("meta/info.json"), info);
    Outcome outcome = CommandLines.run("predict", "--policy.path=" + CHECKPOINT, "--dataset.root=" + directory);
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("'observation.state': the policy expects 7 numbers, found 7 of type string"), outcome.err());
  }

  @Test
  void predictFindsMissingStatisticsAndRunsWithoutWhenToldTo() throws IOException {
    Path bare = directory.resolve("bare");
    Files.createDirectories(bare);
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(Path.of(CHECKPOINT, name), bare.resolve(name));
    }
    String[] common = {"predict", "--policy.path=" + bare, "--dataset.root=" + DATASET};
    Outcome refused = CommandLines.run(common);
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("--normalization=none"), refused.err());
    assertEquals(0, CommandLines.run(append(common, "--normalization=none")).code());
  }

  @Test
  void aDataSetThatDoesNotFitThePolicyIsRefusedWithBothSides() {
    String other = TestData.path("golden_models/b_small_one_camera").toString();
    Outcome outcome = CommandLines.run("predict", "--policy.path=" + other, "--normalization=none", "--dataset.root=" + DATASET);
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("observation.images.front") && outcome.err().contains("observation.images.top"), outcome.err());
  }

  @Test
  void runReplaysAnEpisodeAndReports() throws IOException {
    Path report = directory.resolve("run.html");
    Outcome outcome = CommandLines.run(
        "run", "--robot=replay", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--episode=3", "--control.rate=100", "--report=" + report);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("20 frames replayed"), outcome.out());
    assertTrue(outcome.out().contains("chunk.accepted"), outcome.out());
    String html = Files.readString(report);
    assertTrue(html.contains("data:image/jpeg;base64,"), "pictures are inside");
    assertFalse(html.contains("src=\"http"), "nothing is fetched");
  }

  private static String[] append(String[] arguments, String more) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = more;
    return all;
  }

  private static JsonNode json(Outcome outcome) {
    try {
      assertEquals(0, outcome.code(), outcome.err());
      return new ObjectMapper().readTree(outcome.out());
    } catch (IOException e) {
      throw new AssertionError(outcome.out(), e);
    }
  }
}
