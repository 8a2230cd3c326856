package flowmatching.app.training;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.hub.Hub;
import flowmatching.hub.LeRobotUploads;
import flowmatching.model.ModelSummary;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.training.Trainer.StepResult;
import flowmatching.training.TrainingCheckpoints;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.data.DatasetBatches;
import flowmatching.training.distributed.WorkerEnvironment;
import flowmatching.training.telemetry.MetricsWindow;
import flowmatching.training.telemetry.WandbRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One training run, from its configuration to its last checkpoint. Used by one thread, but for {@link #stop}. */
public final class TrainingRun implements AutoCloseable {
  /** Marks a run at wandb that somebody ended: as a shell says after Ctrl-C. */
  private static final int INTERRUPTED = 130;
  private static final int FAILED = 1;
  private static final double NANOS = 1e9;

  private final TrainingConfig config;
  private final Hub hub;
  private final TrainingData data;
  private final PolicyInTraining training;
  private final TimedSource batches;
  private final MetricsWindow window;
  private final TrainingCheckpoints checkpoints;
  private final int processes;
  private volatile boolean stopped;
  private RunTelemetry telemetry;
  private HeldBackEpisodes heldBack;
  private Path saved;

  /**
   * Reads the data set and the weights; nothing is written yet.
   *
   * @throws BadInputException where something that the configuration names cannot be used
   */
  public TrainingRun(TrainingConfig given, WorkerEnvironment environment, Hub hub) {
    if (given.checkpoint().isEmpty() && Files.exists(given.outputDirectory())) {
      throw new BadInputException("--output_dir: expected a new directory, or --resume=true beside it, found " + given.outputDirectory());
    }
    // In every checkpoint, so that a resumed run goes on there too.
    this.config = given.wandb().enable() && given.wandb().runId().isEmpty() ? given.with("wandb.run_id", WandbRun.newId()) : given;
    this.hub = hub;
    this.processes = environment.size();
    this.saved = config.checkpoint().orElse(null);
    this.data = TrainingData.open(config, hub);
    this.training = new PolicyInTraining(config, data, environment);
    this.batches = new TimedSource(new DatasetBatches(
        data.root(), training.config(), training.processors(), config.batches(data.split().training(), environment.rank(), processes)));
    this.window = new MetricsWindow(
        (long) config.batchSize() * config.accumulation() * processes, data.frames(), data.split().training().size());
    this.checkpoints = new TrainingCheckpoints(config.outputDirectory(), config.steps());
  }

  /** Ends {@link #train} after the step that it is at; any thread may call it. */
  public void stop() {
    stopped = true;
  }

  /**
   * Trains to the last step, or until {@link #stop}.
   *
   * @throws BadInputException where data cannot be read, or loss or gradients are not finite
   */
  public void train() throws IOException {
    Map<String, Object> facts = facts();
    try (RunTelemetry opened = new RunTelemetry(config, facts, step(), config.toJson(training.config())); HeldBackEpisodes episodes = heldBack()) {
      telemetry = opened;
      heldBack = episodes;
      facts.forEach((name, value) -> telemetry.say(name + ": " + value));
      int exitCode = FAILED;
      try {
        while (step() < config.steps() && !stopped) {
          trainStep();
        }
        boolean done = step() == config.steps();
        end(done);
        exitCode = done ? 0 : INTERRUPTED;
      } finally {
        telemetry.finish(exitCode);
      }
    }
  }

  private HeldBackEpisodes heldBack() {
    return data.split().heldBack().isEmpty() ? null : new HeldBackEpisodes(data, config.maxEvalSamples(), training.config().chunkLength());
  }

  private long step() {
    return training.trainer().step();
  }

  private Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("run", config.outputDirectory());
    facts.put("data set", data.root());
    facts.put("trained on", data.split().training().size() + " episodes, " + data.frames() + " frames");
    facts.put("held back", data.split().heldBack().size() + " episodes");
    facts.put("parameters", new ModelSummary(training.config()).parameters());
    facts.put("device", training.device());
    facts.put("steps", step() == 0 ? config.steps() : config.steps() + ", from " + step() + " on");
    facts.put("samples a step", window.samplesPerStep());
    return facts;
  }

  private void trainStep() throws IOException {
    long start = System.nanoTime();
    StepResult result = training.trainer().step(batches);
    long nanos = System.nanoTime() - start;
    window.add(result.loss(), result.gradientNorm(), result.learningRate(), nanos, batches.taken());
    telemetry.step(result, window.samplesPerStep() / (nanos / NANOS));
    long step = result.step();
    if (config.logsAfter(step) || step == config.steps()) {
      telemetry.log(window.take(step));
    }
    if (config.evaluatesAfter(step)) {
      try (FlowMatchingPolicy policy = training.policy()) {
        telemetry.evaluated(step, heldBack.evaluate(policy));
      }
    }
    if (config.savesAfter(step)) {
      save();
    }
  }

  private void save() throws IOException {
    saved = checkpoints.save(training.trainer(), config.batchSize(), processes, directory -> {
      training.writeAdditions(directory);
      JsonFile.write(directory.resolve(TrainingConfig.FILE), config.toJson(training.config()));
    });
    telemetry.saved(step(), saved);
  }

  private void end(boolean done) throws IOException {
    if (!window.isEmpty()) {
      telemetry.log(window.take(step()));
    }
    if (done) {
      telemetry.report();
      config.hubId().ifPresent(this::upload);
    } else if (config.savesCheckpoints()) {
      if (!config.savesAfter(step())) {
        save();
      }
      telemetry.say("stopped after step " + step() + "; go on with: ./flowmatching train --resume=true --output_dir=" + config.outputDirectory());
    } else {
      telemetry.report();
      telemetry.say("stopped after step " + step() + "; nothing is saved, because of --save_checkpoint=false");
    }
  }

  private void upload(String id) {
    Path policy = TrainingCheckpoints.model(saved);
    try {
      telemetry.say("uploaded: " + new LeRobotUploads(hub).checkpoint(id, policy, Optional.empty()));
    } catch (BadInputException e) {
      throw new BadInputException(e.getMessage() + "; the policy is in " + policy + ", try again with: ./flowmatching hub upload", e);
    }
  }

  @Override
  public void close() {
    batches.close();
    training.close();
  }
}
