package flowmatching.app.training;

import flowmatching.BadInputException;
import flowmatching.app.OpenLoopEvaluation;
import flowmatching.app.report.TrainingReport;
import flowmatching.checkpoint.JsonFile;
import flowmatching.hub.Hub;
import flowmatching.hub.LeRobotUploads;
import flowmatching.model.ModelSummary;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.training.Trainer.StepResult;
import flowmatching.training.TrainingCheckpoints;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.telemetry.MetricsWindow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a run leaves: log lines, metrics, checkpoints, a report, an upload. Of several processes only that of rank 0 has one. */
final class TrainingOutput implements AutoCloseable {
  /** Marks a run at wandb that somebody ended: as a shell says after Ctrl-C. */
  private static final int INTERRUPTED = 130;
  private static final int FAILED = 1;
  private static final double NANOS = 1e9;

  private final TrainingConfig config;
  private final PolicyInTraining training;
  private final int processes;
  private final BooleanSupplier stopped;
  private final MetricsWindow window;
  private final TrainingCheckpoints checkpoints;
  private final RunTelemetry telemetry;
  private final HeldBackEpisodes heldBack;
  /** Whether the run had come to its end before, and has its report: that has more than there is to say now. */
  private final boolean done;
  private Path saved;
  private int exitCode = FAILED;

  /** @param stopped whether the run is to end after this step: a measurement then ends at once */
  TrainingOutput(TrainingConfig config, TrainingData data, PolicyInTraining training, int processes, BooleanSupplier stopped) throws IOException {
    this.config = config;
    this.training = training;
    this.processes = processes;
    this.stopped = stopped;
    this.saved = config.checkpoint().orElse(null);
    this.done = step() == config.steps() && Files.exists(config.outputDirectory().resolve(TrainingReport.NAME));
    this.window = new MetricsWindow(
        (long) config.batchSize() * config.accumulation() * processes, training.trainer().drawsAhead(), data.frames(), data.split().training().size());
    this.checkpoints = new TrainingCheckpoints(config.outputDirectory(), config.steps());
    if (saved != null) {
      checkpoints.goOnFrom(saved);
    }
    this.heldBack =
        data.split().heldBack().isEmpty() ? null : new HeldBackEpisodes(data, config.maxEvalSamples(), training.config().chunkLength());
    Map<String, Object> facts = facts(data);
    this.telemetry = new RunTelemetry(config, facts, step(), config.toJson(training.config()));
    facts.forEach((name, value) -> telemetry.say(name + ": " + value));
  }

  private Map<String, Object> facts(TrainingData data) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("run", config.outputDirectory());
    facts.put("data set", data.root());
    facts.put("trained on", data.split().training().size() + " episodes, " + data.frames() + " frames");
    facts.put("held back", data.split().heldBack().size() + " episodes");
    facts.put("parameters", new ModelSummary(training.config()).parameters());
    facts.put("device", training.device() + (processes > 1 ? ", " + processes + " processes" : ""));
    facts.put("steps", step() == 0 ? config.steps() : config.steps() + ", from " + step() + " on");
    facts.put("samples a step", window.samplesPerStep());
    return facts;
  }

  private long step() {
    return training.trainer().step();
  }

  /**
   * A step is done.
   *
   * @param loss mean over all processes
   * @param nanos that it took, {@code dataNanos} of them spent waiting for data
   */
  void after(StepResult result, double loss, long nanos, long dataNanos) throws IOException {
    window.add(loss, result.gradientNorm(), result.learningRate(), nanos, dataNanos);
    telemetry.step(result, window.samplesPerStep() / (nanos / NANOS));
    long step = result.step();
    if (config.logsAfter(step) || step == config.steps()) {
      telemetry.log(window.take(step));
    }
    if (config.evaluatesAfter(step)) {
      try (FlowMatchingPolicy policy = training.policy()) {
        Optional<OpenLoopEvaluation> measured = heldBack.evaluate(policy, stopped);
        if (measured.isPresent()) {
          telemetry.evaluated(step, measured.get());
        }
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

  /** The run is over: at its last step, or where somebody stopped it. */
  void end(Hub hub) throws IOException {
    if (!window.isEmpty()) {
      telemetry.log(window.take(step()));
    }
    if (step() == config.steps()) {
      if (!done) {
        telemetry.report();
      }
      config.hubId().ifPresent(id -> upload(hub, id));
      exitCode = 0;
      return;
    }
    exitCode = INTERRUPTED;
    if (config.savesCheckpoints()) {
      if (!config.savesAfter(step())) {
        save();
      }
      telemetry.say("stopped after step " + step() + "; " + TrainingRun.wayOn(config));
    } else {
      telemetry.report();
      telemetry.say("stopped after step " + step() + "; nothing is saved, because of --save_checkpoint=false");
    }
  }

  private void upload(Hub hub, String id) {
    Path policy = TrainingCheckpoints.model(saved);
    try {
      telemetry.say("uploaded: " + new LeRobotUploads(hub).checkpoint(id, policy, Optional.empty()));
    } catch (BadInputException e) {
      throw new BadInputException(
          e.getMessage() + "; try again with: ./flowmatching hub upload " + TrainingRun.quoted(policy.toString()) + " " + TrainingRun.quoted(id), e);
    }
  }

  @Override
  public void close() throws IOException {
    telemetry.finish(exitCode);
    telemetry.close();
    if (heldBack != null) {
      heldBack.close();
    }
  }
}
