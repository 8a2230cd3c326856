package flowmatching.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.data.BatchOptions;
import flowmatching.training.data.DatasetBatches;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingCheckpointsTest {
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");
  private static final Path GOLDEN = TestData.path("golden_checkpoint/checkpoints/000003");
  private static final Compute COMPUTE = new Compute("cpu", Compute.Precision.FP32, 1);

  @TempDir Path directory;

  /** A trainer at a checkpoint's weights, and the batches that it eats. */
  private static final class Run implements AutoCloseable {
    final Checkpoint checkpoint;
    final NetworkParameters parameters;
    final Trainer trainer;
    final DatasetBatches batches;

    Run(Path from, double emaDecay, double visionFactor) {
      checkpoint = Checkpoint.open(from);
      PolicyProcessors processors = PolicyProcessors.load(GOLDEN.resolve("pretrained_model"), checkpoint.config());
      parameters = new NetworkParameters(checkpoint.config(), checkpoint.weights(), COMPUTE);
      OptimizerOptions optimizer = new OptimizerOptions(1e-3, 0.9, 0.999, 1e-8, 0.01, 10, visionFactor);
      trainer = new Trainer(checkpoint.config(), processors, parameters, COMPUTE,
          new TrainerOptions(5, 2, optimizer, new LearningRateSchedule.CosineDecayWithWarmup(2, 10, 1e-3, 1e-4), emaDecay));
      batches = new DatasetBatches(DATASET, checkpoint.config(), processors, BatchOptions.of(2, 5, 1));
    }

    Run steps(int count) {
      for (int i = 0; i < count; i++) {
        trainer.step(batches);
      }
      return this;
    }

    @Override
    public void close() {
      batches.close();
      trainer.close();
      parameters.close();
      checkpoint.close();
    }
  }

  private static List<float[]> values(Map<String, Tensor> tensors) {
    List<float[]> values = new ArrayList<>();
    tensors.values().forEach(tensor -> values.add(HostTensor.floats(tensor)));
    return values;
  }

  private Path save(Run run) throws IOException {
    return new TrainingCheckpoints(directory, 100).save(run.trainer, 2, 1,
        model -> Files.writeString(model.resolve("train_config.json"), "{}"));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.9, 1", "0, 0.1", "0, 0"})
  void aRunThatGoesOnEndsWithTheWeightsOfOneThatWasNotInterruptedBitForBit(double emaDecay, double visionFactor) throws IOException {
    List<float[]> wanted;
    List<float[]> wantedAverage = null;
    Path saved;
    try (Run whole = new Run(GOLDEN, emaDecay, visionFactor)) {
      whole.steps(2);
      saved = save(whole);
      List<float[]> before = values(whole.parameters.byName());
      whole.steps(3);
      wanted = values(whole.parameters.byName());
      assertFalse(Arrays.equals(before.get(before.size() - 1), wanted.get(wanted.size() - 1)), "nothing was learned");
      wantedAverage = emaDecay > 0 ? values(whole.trainer.weights().byName()) : null;
    }
    try (Run resumed = new Run(TrainingCheckpoints.model(saved), emaDecay, visionFactor)) {
      TrainingCheckpoints.resume(resumed.trainer, 2, 1, saved);
      assertEquals(2, resumed.trainer.step());
      resumed.steps(3);
      List<float[]> found = values(resumed.parameters.byName());
      for (int i = 0; i < wanted.size(); i++) {
        assertArrayEquals(wanted.get(i), found.get(i), resumed.parameters.names().get(i));
      }
      if (wantedAverage != null) {
        List<float[]> average = values(resumed.trainer.weights().byName());
        for (int i = 0; i < average.size(); i++) {
          assertArrayEquals(wantedAverage.get(i), average.get(i));
          assertNotEquals(found.get(i), average.get(i));
        }
      }
    }
  }

  @Test
  void aCheckpointThatCannotBeWrittenLeavesWhatWasThere() throws IOException {
    try (Run run = new Run(GOLDEN, 0, 1)) {
      Path first = save(run.steps(1));
      run.steps(1);
      TrainingCheckpoints checkpoints = new TrainingCheckpoints(directory, 100);
      assertThrows(IOException.class, () -> checkpoints.save(run.trainer, 2, 1, model -> {
        throw new IOException("no space left");
      }));
      try (Stream<Path> files = Files.list(directory.resolve("checkpoints"))) {
        assertEquals(List.of("000001", "last"), files.map(file -> file.getFileName().toString()).sorted().toList());
      }
      assertEquals(first.getFileName(), Files.readSymbolicLink(directory.resolve("checkpoints/last")));
      save(run);
      save(run); // the same step again
      assertEquals(Path.of("000002"), Files.readSymbolicLink(directory.resolve("checkpoints/last")));
    }
  }

  @Test
  void whatAKilledProcessHadBegunToWriteGoesWithTheNextCheckpoint() throws IOException {
    Path begun = Files.createDirectories(directory.resolve("checkpoints/.000001.4711.part/pretrained_model"));
    Files.writeString(begun.resolve("model.safetensors"), "half of it");
    Files.createDirectories(directory.resolve("checkpoints/.000001.old"));
    Files.createSymbolicLink(directory.resolve("checkpoints/.last.4711.part"), Path.of("000001"));
    try (Run run = new Run(GOLDEN, 0, 1); Stream<Path> files = Files.list(save(run).getParent())) {
      assertEquals(List.of("000000", "last"), files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void averagedWeightsAreNotTrainedOnWhereARunGoesOnWithoutThem() throws IOException {
    Path saved;
    List<float[]> trained;
    try (Run run = new Run(GOLDEN, 0.9, 1)) {
      saved = save(run.steps(2));
      trained = values(run.parameters.byName());
    }
    try (Run resumed = new Run(TrainingCheckpoints.model(saved), 0, 1)) {
      TrainingCheckpoints.resume(resumed.trainer, 2, 1, saved);
      List<float[]> found = values(resumed.parameters.byName());
      for (int i = 0; i < trained.size(); i++) {
        assertArrayEquals(trained.get(i), found.get(i), resumed.parameters.names().get(i));
      }
    }
  }

  @Test
  void aRunThatGoesOnWithOtherBatchesDrawsWhatItHasNotDrawn() throws IOException {
    Path saved;
    try (Run run = new Run(GOLDEN, 0, 1)) {
      saved = save(run.steps(3)); // two batches of 2 each
    }
    try (Run resumed = new Run(TrainingCheckpoints.model(saved), 0, 1)) {
      TrainingCheckpoints.resume(resumed.trainer, 3, 2, saved);
      BatchOptions options = BatchOptions.of(3, 5, 0).withDrawsAhead(resumed.trainer.drawsAhead());
      for (int rank = 0; rank < 2; rank++) {
        try (DatasetBatches batches = new DatasetBatches(DATASET, resumed.checkpoint.config(), PolicyProcessors.none(), options.withProcess(rank, 2))) {
          assertArrayEquals(new long[] {12 + 3 * rank, 13 + 3 * rank, 14 + 3 * rank}, batches.batch(6).draws());
        }
      }
      Path again = new TrainingCheckpoints(directory, 100).save(resumed.trainer, 3, 2, model -> Files.writeString(model.resolve("train_config.json"), "{}"));
      assertEquals(12, JsonFile.read(again.resolve("training_state/training_step.json")).path("draws").intValue(), "and so does the next");
    }
  }

  @Test
  void aStateOfAnotherOptimizerIsRefused() throws IOException {
    try (Run run = new Run(GOLDEN, 0, 0)) {
      BadInputException e = assertThrows(BadInputException.class, () -> TrainingCheckpoints.resume(run.trainer, 2, 1, GOLDEN));
      assertTrue(e.getMessage().contains("expected the moments of "), e.getMessage());
    }
  }
}
