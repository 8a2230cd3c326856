package flowmatching.app.training;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.app.OpenLoopEvaluation;
import flowmatching.app.report.TrainingReport;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.training.Trainer.StepResult;
import flowmatching.training.TrainingCheckpoints;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.telemetry.MetricsFile;
import flowmatching.training.telemetry.TrainingMetrics;
import flowmatching.training.telemetry.WandbRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Tells what a run does: in the log, in metrics.jsonl and report.html of its directory, and to wandb where that is wanted. */
final class RunTelemetry implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(RunTelemetry.class);

  /** Longer ones wandb refuses. */
  private static final int MAX_TAG = 64;

  private final TrainingConfig config;
  private final Map<String, Object> facts;
  private final MetricsFile file;
  private final Optional<WandbRun> wandb;
  private final TrainingProgress progress;
  private OpenLoopEvaluation evaluation;

  /**
   * @param facts about the run, for the report
   * @param step that the run begins at, 0 for a new one
   * @param written the configuration as train_config.json has it
   */
  RunTelemetry(TrainingConfig config, Map<String, Object> facts, long step, ObjectNode written) throws IOException {
    this.config = config;
    this.facts = facts;
    this.file = MetricsFile.open(config.outputDirectory(), step);
    this.progress = new TrainingProgress(step, config.steps());
    this.wandb = config.wandb().enable() ? Optional.of(WandbRun.start(init(config, written))) : Optional.empty();
  }

  /** As LeRobot calls {@code wandb.init}. */
  private static ObjectNode init(TrainingConfig config, ObjectNode written) {
    ObjectNode init = JsonNodeFactory.instance.objectNode();
    var settings = config.wandb();
    init.put("project", settings.project()).put("name", config.jobName()).put("dir", config.outputDirectory().toAbsolutePath().toString());
    init.put("job_type", "train_eval");
    settings.runId().ifPresent(id -> init.put("id", id).put("resume", "allow"));
    settings.entity().ifPresent(entity -> init.put("entity", entity));
    settings.notes().ifPresent(notes -> init.put("notes", notes));
    settings.mode().ifPresent(mode -> init.put("mode", mode));
    if (settings.tags()) {
      init.putArray("tags").add("policy:flowmatching").add("seed:" + config.seed()).add(tag("dataset:" + config.datasetId().orElseThrow()));
    }
    return init.set("config", written);
  }

  private static String tag(String text) {
    return text.substring(0, Math.min(text.length(), MAX_TAG));
  }

  /** A step is done. */
  void step(StepResult result, double samplesPerSecond) {
    progress.step(result, samplesPerSecond);
  }

  /** Metrics since the last log line. */
  void log(TrainingMetrics metrics) throws IOException {
    Duration left = Duration.ofSeconds((long) ((config.steps() - metrics.step()) * (metrics.updateSeconds() + metrics.dataSeconds())));
    say(String.format(Locale.ROOT, "%s left:%d:%02d:%02d", metrics, left.toHours(), left.toMinutesPart(), left.toSecondsPart()));
    ObjectNode values = metrics.toJson();
    file.add(metrics.step(), values);
    wandb.ifPresent(run -> run.log(metrics.step(), "train", values));
  }

  /** The open-loop error after a step. */
  void evaluated(long step, OpenLoopEvaluation measured) throws IOException {
    evaluation = measured;
    double rmse = measured.error().total();
    say(String.format(Locale.ROOT, "step %d: open-loop error on %d held-back actions: RMSE %.6f", step, measured.error().count(), rmse));
    file.add(step, JsonNodeFactory.instance.objectNode().put("eval_rmse", rmse));
    wandb.ifPresent(run -> run.log(step, "eval", JsonNodeFactory.instance.objectNode().put("rmse", rmse)));
  }

  /** A checkpoint is there. */
  void saved(long step, Path checkpoint) throws IOException {
    say("step " + step + ": checkpoint " + checkpoint);
    if (config.wandb().artifacts()) {
      String name = "policy:flowmatching-seed:" + config.seed() + "-dataset:" + config.datasetId().orElseThrow() + "-" + checkpoint.getFileName();
      wandb.ifPresent(run -> run.artifact(name, TrainingCheckpoints.model(checkpoint).resolve(Checkpoint.WEIGHTS).toAbsolutePath()));
    }
    report();
  }

  /** Writes the report anew. */
  void report() throws IOException {
    TrainingReport.write(config.outputDirectory(), facts, file.lines(), evaluation);
  }

  /** @param exitCode 0 where the run came to its end */
  void finish(int exitCode) {
    wandb.ifPresent(run -> run.finish(exitCode));
  }

  /** Logs a line. */
  void say(String line) {
    progress.makeRoom();
    LOG.info(line);
  }

  @Override
  public void close() throws IOException {
    progress.close();
    file.close();
  }
}
