package flowmatching.app.training;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.hub.Hub;
import flowmatching.training.Trainer.StepResult;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.data.DatasetBatches;
import flowmatching.training.distributed.RunDirectory;
import flowmatching.training.distributed.WorkerEnvironment;
import flowmatching.training.distributed.WorkerGroup;
import flowmatching.training.telemetry.WandbRun;
import flowmatching.training.torch.Compute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** One training run, or one process's part in it, from its configuration to its last checkpoint. Used by one thread, but for {@link #stop}. */
public final class TrainingRun implements AutoCloseable {
  private final TrainingConfig config;
  private final Hub hub;
  private final TrainingData data;
  /** The processes of this run; null where there is one. */
  private final WorkerGroup group;
  private final PolicyInTraining training;
  private final TimedSource batches;
  private final boolean leading;
  private final int processes;
  private volatile boolean stopped;

  /**
   * Reads the data set and the weights; nothing is written yet.
   *
   * @throws BadInputException where something that the configuration names cannot be used
   * @throws flowmatching.training.distributed.WorkerLostException where the other processes are not there
   */
  public TrainingRun(TrainingConfig given, WorkerEnvironment environment, Hub hub) {
    this.leading = environment.rank() == 0;
    this.processes = environment.size();
    if (leading) {
      claim(given, environment);
    }
    // In every checkpoint, so that a resumed run goes on there too.
    this.config = given.wandb().enable() && given.wandb().runId().isEmpty() ? given.with("wandb.run_id", WandbRun.newId()) : given;
    this.hub = hub;
    Compute compute = PolicyInTraining.compute(config, environment);
    this.group = processes == 1 ? null : WorkerGroup.join(environment, compute);
    this.data = data();
    this.training = new PolicyInTraining(config, data, compute, processes);
    if (training.trainer().step() > config.steps()) {
      throw new BadInputException("--steps: expected at least " + training.trainer().step() + ", which " + config.checkpoint().orElseThrow()
          + " has done, found " + config.steps());
    }
    this.batches = new TimedSource(new DatasetBatches(data.root(), training.config(), training.processors(),
        config.batches(data.split().training(), environment.rank(), processes).withDrawsAhead(training.trainer().drawsAhead())));
    if (group != null) {
      training.trainer().join(group);
    }
  }

  /** The directory must be new, unless a run is resumed or torchrun has begun this one before. */
  private static void claim(TrainingConfig config, WorkerEnvironment environment) {
    Path directory = config.outputDirectory().toAbsolutePath();
    if (config.checkpoint().isEmpty() && Files.exists(directory) && !RunDirectory.of(environment).equals(Optional.of(directory))) {
      throw new BadInputException("--output_dir: expected a new directory, " + (canGoOn(config)
          ? "or --resume=true beside it, found " + config.outputDirectory()
          : "found " + config.outputDirectory() + ", which has no checkpoint to go on from"));
    }
    RunDirectory.set(environment, directory);
  }

  /** What is not there rank 0 downloads while the others wait. */
  private TrainingData data() {
    TrainingData found = leading ? TrainingData.open(config, hub) : null;
    if (group != null) {
      group.barrier();
    }
    return leading ? found : TrainingData.open(config, hub);
  }

  /** Ends {@link #train} after the step that it is at, in all processes; any thread may call it. */
  public void stop() {
    stopped = true;
  }

  /**
   * Trains to the last step, or until {@link #stop}.
   *
   * @throws BadInputException where data cannot be read or output not be written, or loss or gradients are not finite
   * @throws flowmatching.training.distributed.WorkerLostException where another process has ended
   */
  public void train() {
    try (TrainingOutput output = leading ? new TrainingOutput(config, data, training, processes, () -> stopped) : null) {
      boolean going = true;
      while (going && training.trainer().step() < config.steps()) {
        going = step(output);
      }
      if (leading) {
        output.end(hub);
      }
    } catch (IOException e) {
      throw new BadInputException(config.outputDirectory() + ": cannot be written: " + e.getMessage() + "; " + wayOn(config), e);
    }
  }

  /** How to go on with a run that ended early. */
  public static String wayOn(TrainingConfig config) {
    if (!canGoOn(config)) {
      return "there is no checkpoint yet to go on from; begin again with another --output_dir";
    }
    return "go on with: ./flowmatching train --resume=true " + quoted("--output_dir=" + config.outputDirectory());
  }

  /** A word as a shell takes it. */
  static String quoted(String word) {
    return word.matches("[\\w./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static boolean canGoOn(TrainingConfig config) {
    return Files.exists(config.outputDirectory().resolve(Checkpoint.NEWEST));
  }

  /** Does a step; whether there is to be another one. */
  private boolean step(TrainingOutput output) throws IOException {
    long start = System.nanoTime();
    StepResult result = training.trainer().step(batches);
    // Processes that stop do so after the same step.
    float[] sums = {(float) result.loss(), stopped ? 1 : 0};
    if (group != null) {
      sums = group.sum(sums);
    }
    long nanos = System.nanoTime() - start;
    if (leading) {
      output.after(result, sums[0] / processes, nanos, batches.taken());
    }
    return sums[1] == 0;
  }

  @Override
  public void close() {
    batches.close();
    training.close();
    if (group != null) {
      group.close();
    }
  }
}
