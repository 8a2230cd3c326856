package flowmatching.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.LearningRateSchedule.CosineDecayWithWarmup;
import flowmatching.training.Trainer.StepResult;
import flowmatching.training.data.BatchSource;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.NetworkParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeRobotTrainingStateTest {
  private static final Path GOLDEN = TestData.path("golden_checkpoint/checkpoints/000003");
  private static final Path MODEL = TestData.path("golden_models/b_small_one_camera");
  private static final CosineDecayWithWarmup COSINE = new CosineDecayWithWarmup(4, 12, 1e-3, 1e-5);

  private final Compute compute = new Compute("cpu", Compute.Precision.FP32, 1);

  @TempDir private Path output;

  /** A trainer and what belongs to it. */
  private final class Run implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final NetworkParameters parameters;
    private final Trainer trainer;
    private final SafetensorsFile golden = SafetensorsFile.open(MODEL.resolve("golden.safetensors"));
    private final BatchSource source;

    /** With weights from {@code from}; with its training state too where it has one. */
    Run(Path from, double dropout, TrainerOptions options, FlowNoise noise) {
      checkpoint = Checkpoint.open(from);
      FlowMatchingConfig config = checkpoint.config().with("dropout", DoubleNode.valueOf(dropout));
      parameters = new NetworkParameters(config, checkpoint.weights(), compute);
      trainer = new Trainer(config, PolicyProcessors.none(), parameters, compute, options, noise);
      source = config.cameras().size() == 1 ? new GoldenBatch(config, golden).source() : null;
      if (Files.exists(from.resolve("training_state"))) {
        TrainingCheckpoints.resume(trainer, 3, 1, from);
      }
    }

    StepResult step() {
      return trainer.step(source);
    }

    Path save() throws IOException {
      return new TrainingCheckpoints(output, 100).save(trainer, 3, 1,
          directory -> Files.writeString(directory.resolve("train_config.json"), "{}"));
    }

    @Override
    public void close() {
      trainer.close();
      parameters.close();
      golden.close();
      checkpoint.close();
    }
  }

  private static TrainerOptions options(double visionFactor, double emaDecay) {
    OptimizerOptions optimizer = new OptimizerOptions(1e-3, 0.9, 0.999, 1e-8, 0.01, 0.5, visionFactor);
    return new TrainerOptions(7, 1, optimizer, COSINE.fittedTo(6), emaDecay);
  }

  private Run goldenRun() {
    CosineDecayWithWarmup schedule = new CosineDecayWithWarmup(5, 100, 1e-4, 1e-6);
    return new Run(GOLDEN, 0.1, new TrainerOptions(1000, 1, OptimizerOptions.defaults(), schedule, 0), FlowNoise.ofSeed(1000));
  }

  @Test
  void whatLeRobotWroteIsResumedAndWrittenAgainUnchanged() throws IOException {
    Path again;
    try (Run run = goldenRun()) {
      assertEquals(3, run.trainer.step());
      again = run.save();
    }
    assertEquals(output.resolve("checkpoints/000003"), again);
    for (String file : List.of("pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors")) {
      assertSameTensors(GOLDEN.resolve(file), again.resolve(file));
    }
    for (String file : List.of(
        "pretrained_model/config.json", "training_state/optimizer_param_groups.json", "training_state/scheduler_state.json")) {
      assertEquals(json(GOLDEN.resolve(file)), withoutDropout(json(again.resolve(file))), file);
    }
    assertEquals("{\"step\":3,\"num_processes\":1,\"batch_size\":3,\"draws\":12}", json(again.resolve("training_state/training_step.json")).toString());
    String random = "training_state/rng_state.safetensors";
    assertEquals(names(GOLDEN.resolve(random)), names(again.resolve(random)));
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  /** These tests set it. */
  private static JsonNode withoutDropout(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove("dropout");
    }
    return node;
  }

  private static List<String> names(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.names().stream()
          .map(name -> name + tensors.entry(name).dtype() + List.of(tensors.entry(name).count())).sorted().toList();
    }
  }

  private static void assertSameTensors(Path expected, Path found) {
    assertEquals(names(expected), names(found));
    try (SafetensorsFile a = SafetensorsFile.open(expected); SafetensorsFile b = SafetensorsFile.open(found)) {
      a.names().forEach(name -> {
        assertArrayEquals(a.entry(name).shape(), b.entry(name).shape(), name);
        assertArrayEquals(a.floats(name), b.floats(name), name);
      });
    }
  }

  @Test
  void aTrainingStateOfAnotherNetworkIsRefusedByName() throws IOException {
    Path place;
    try (Run run = new Run(MODEL, 0, options(1, 0), FlowNoise.ofSeed(7))) {
      place = run.save();
    }
    Path state = place.resolve("training_state/optimizer_state.safetensors");
    Files.copy(GOLDEN.resolve("training_state/optimizer_state.safetensors"), state, StandardCopyOption.REPLACE_EXISTING);
    assertRefused(place, "expected the moments of");
    new SafetensorsWriter().addFloats("state/0/exp_avg", new long[] {1}, () -> new float[1]).write(state);
    assertRefused(place, "expected the moments of");
    Files.write(state, new byte[100]);
    assertRefused(place, state.toString());
    Files.delete(state);
    assertRefused(place, state + ": no such file");
    Files.writeString(place.resolve("training_state/training_step.json"), "{\"step\": -1}");
    assertRefused(place, "training_step.json: step: expected a number, found -1");
  }

  private void assertRefused(Path checkpoint, String message) {
    BadInputException e = assertThrows(BadInputException.class, () -> new Run(checkpoint, 0, options(1, 0), FlowNoise.ofSeed(7)).close());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void lerobotGoesOnWithARunAsThisTrainerDoes() throws IOException, InterruptedException {
    Python.assumeModule("torch", "lerobot");
    Path half;
    List<StepResult> here = new ArrayList<>();
    try (Run run = new Run(MODEL, 0, options(0.1, 0), GoldenBatch.rolledNoise(MODEL))) {
      run.step();
      run.step();
      half = run.save();
      here.add(run.step());
      here.add(run.step());
    }
    String golden = MODEL.resolve("golden.safetensors").toString();
    String[] lines = Python.run("src/testdata/tools/peer_checkpoint.py", half.toString(), golden, "2", "6").split("\n");
    JsonNode there = new ObjectMapper().readTree(lines[lines.length - 1]);
    assertEquals(2, there.path("step").asInt());
    for (int i = 0; i < 2; i++) {
      assertEquals(there.path("loss").get(i).asDouble(), here.get(i).loss(), 2e-5);
      assertEquals(there.path("norm").get(i).asDouble(), here.get(i).gradientNorm(), 2e-5);
      assertEquals(there.path("lr").get(i).asDouble(), here.get(i).learningRate(), 1e-9);
    }
  }
}
