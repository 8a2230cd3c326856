package flowmatching.app.training;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.policy.PolicyProcessors;
import flowmatching.policy.ProcessorFiles;
import flowmatching.training.Trainer;
import flowmatching.training.TrainingCheckpoints;
import flowmatching.training.VisionWeights;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.distributed.WorkerEnvironment;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.NetworkParameters;
import flowmatching.training.torch.TorchSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The policy of a run, on its device, and the trainer that changes it. */
final class PolicyInTraining implements AutoCloseable {
  private static final String THREADS = "OMP_NUM_THREADS";

  private final TrainingConfig run;
  private final TrainingData data;
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final Compute compute;
  private final NetworkParameters parameters;
  private final Trainer trainer;
  /** Processor files of the checkpoint that the run goes on from, by name: it may be deleted meanwhile, to make room for others. */
  private final Map<String, byte[]> processorFiles;

  /** New weights, those of a policy that is trained further, or those of a checkpoint, as the configuration says. */
  PolicyInTraining(TrainingConfig run, TrainingData data, Compute compute, int processes) {
    this.run = run;
    this.data = data;
    this.config = run.policyFor(data.info());
    this.processorFiles = run.checkpoint().map(path -> processorFiles(TrainingCheckpoints.model(path))).orElse(Map.of());
    this.processors = run.checkpoint().map(path -> PolicyProcessors.load(TrainingCheckpoints.model(path), config)).orElseGet(this::fromData);
    this.compute = compute;
    try (Checkpoint weights = weights()) {
      this.parameters = new NetworkParameters(config, weights.weights(), compute);
    }
    if (run.checkpoint().isEmpty()) {
      run.visionWeights().ifPresent(file -> VisionWeights.load(file, parameters));
    }
    this.trainer = new Trainer(config, processors, parameters, compute, run.trainer());
    run.checkpoint().ifPresent(path -> TrainingCheckpoints.resume(trainer, run.batchSize(), processes, path));
  }

  /** Statistics by the policy's names: LeRobot renames observations before it normalises them. */
  private Map<String, Map<String, float[]>> statistics() {
    Map<String, Map<String, float[]>> renamed = new HashMap<>();
    data.statistics().forEach((key, values) -> renamed.put(run.renames().getOrDefault(key, key), values));
    return renamed;
  }

  private PolicyProcessors fromData() {
    PolicyProcessors normalizing = PolicyProcessors.of(config, statistics());
    return new PolicyProcessors(run.renames(), normalizing.inputs(), normalizing.action());
  }

  /** The device of a process: of several on one machine each has a GPU of its own. */
  static Compute compute(TrainingConfig run, WorkerEnvironment environment) {
    String device = run.device().orElseGet(Compute::bestDevice);
    String own = device.equals("cuda") && environment.size() > 1 ? "cuda:" + environment.localRank() : device;
    String threads = System.getenv().getOrDefault(THREADS, "");
    return new Compute(own, run.reducedPrecision() ? Compute.Precision.BF16 : Compute.Precision.FP32,
        threads.matches("[1-9]\\d{0,3}") ? Integer.parseInt(threads) : Runtime.getRuntime().availableProcessors());
  }

  private Checkpoint weights() {
    Optional<Path> from = run.checkpoint().map(TrainingCheckpoints::model).or(run::pretrained);
    return from.map(path -> Checkpoint.open(path, config)).orElseGet(() -> Checkpoint.temporary(config, run.seed()));
  }

  Trainer trainer() {
    return trainer;
  }

  FlowMatchingConfig config() {
    return config;
  }

  PolicyProcessors processors() {
    return processors;
  }

  /** Device, precision and threads. */
  String device() {
    return compute.toString();
  }

  /** The policy that a checkpoint would hold now; its noise is the same each time. */
  FlowMatchingPolicy policy() {
    return FlowMatchingPolicy.of(config, processors, new TorchSession(config, trainer.weights(), compute), PolicyOptions.defaults().withSeed(run.seed()));
  }

  /** Writes what a checkpoint's policy has besides its network. */
  void writeAdditions(Path directory) throws IOException {
    if (run.checkpoint().isPresent()) {
      // As they are: a policy's statistics do not change while it is trained.
      for (Map.Entry<String, byte[]> file : processorFiles.entrySet()) {
        Files.write(directory.resolve(file.getKey()), file.getValue());
      }
    } else {
      ProcessorFiles.write(directory, config, statistics(), run.renames());
    }
  }

  private static Map<String, byte[]> processorFiles(Path model) {
    Map<String, byte[]> contents = new HashMap<>();
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.filter(PolicyInTraining::isProcessor).toList()) {
        contents.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new BadInputException(model + ": cannot be read: " + e, e);
    }
    return contents;
  }

  private static boolean isProcessor(Path file) {
    return List.of("policy_preprocessor", "policy_postprocessor").stream().anyMatch(file.getFileName().toString()::startsWith);
  }

  @Override
  public void close() {
    trainer.close();
    parameters.close();
  }
}
