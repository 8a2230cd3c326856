package flowmatching.training.distributed;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.LearningRateSchedule;
import flowmatching.training.OptimizerOptions;
import flowmatching.training.Trainer;
import flowmatching.training.TrainerOptions;
import flowmatching.training.data.BatchOptions;
import flowmatching.training.data.DatasetBatches;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trains a golden model (dropout 0) for 20 steps of 4 samples, shared by the processes; rank 0 writes the weights to the file given. */
public final class TrainingMain {
  private static final int STEPS = 20;
  private static final int SAMPLES = 4;

  private TrainingMain() {}

  public static void main(String[] arguments) throws Exception {
    WorkerEnvironment environment = WorkerEnvironment.of(System.getenv());
    Compute compute = new Compute("cpu", Compute.Precision.FP32, 1);
    Path golden = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
    // Dropout is drawn by each process for its own samples.
    FlowMatchingConfig config =
        FlowMatchingConfig.parse("config.json", JsonFile.read(golden.resolve(Checkpoint.CONFIG)).put("dropout", 0.0));
    try (Checkpoint checkpoint = Checkpoint.open(golden);
        NetworkParameters parameters = new NetworkParameters(config, checkpoint.weights(), compute);
        WorkerGroup group = environment.size() == 1 ? null : WorkerGroup.join(environment, compute)) {
      PolicyProcessors processors = PolicyProcessors.load(golden, config);
      TrainerOptions options = new TrainerOptions(5, 2, OptimizerOptions.defaults(), new LearningRateSchedule.Constant(), 0);
      try (Trainer trainer = new Trainer(config, processors, parameters, compute, options);
          DatasetBatches batches = new DatasetBatches(TestData.path("datasets/reach_v30_image"), config, processors,
              BatchOptions.of(SAMPLES / 2 / environment.size(), 5, 0).withProcess(environment.rank(), environment.size()))) {
        if (group != null) {
          trainer.join(group);
        }
        for (int i = 0; i < STEPS; i++) {
          trainer.step(batches);
        }
        if (environment.rank() == 0) {
          NetworkParameters.write(Path.of(arguments[0]), parameters.byName());
        }
        Files.writeString(Path.of(arguments[0] + "." + environment.rank()), String.valueOf(sum(parameters)));
      }
    }
    System.exit(0);
  }

  private static double sum(NetworkParameters parameters) {
    double sum = 0;
    for (String name : parameters.names()) {
      for (float value : HostTensor.floats(parameters.get(name))) {
        sum += value;
      }
    }
    return sum;
  }
}
