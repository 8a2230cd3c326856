package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.dataset.DatasetInfo;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.training.LearningRateSchedule;
import flowmatching.training.OptimizerOptions;
import flowmatching.training.TrainerOptions;
import flowmatching.training.data.BatchOptions;
import flowmatching.training.data.PictureTransforms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a training run does: the values of {@link TrainingFlags#ALL}, from flags, a {@code train_config.json} and defaults, checked
 * against each other. Immutable.
 */
public final class TrainingConfig {
  /** Its file in a checkpoint. */
  public static final String FILE = "train_config.json";

  private final Map<String, JsonNode> values;
  private final ObjectNode policy;
  private final boolean newPolicy;
  private final Optional<Path> pretrained;
  private final Optional<Path> checkpoint;
  private final List<String> ignored;

  /**
   * @param values by flag, without those that have none; all of {@code policy.*} are in {@code policy} instead
   * @param policy as {@code config.json} has it, as far as it is known before the data set is
   * @param newPolicy whether keys that it lacks are those of a new policy, not those of the original
   */
  TrainingConfig(
      Map<String, JsonNode> values, ObjectNode policy, boolean newPolicy, Optional<Path> pretrained, Optional<Path> checkpoint,
      List<String> ignored) {
    this.values = new LinkedHashMap<>(values);
    this.policy = policy;
    this.newPolicy = newPolicy;
    this.pretrained = pretrained;
    this.checkpoint = checkpoint;
    this.ignored = List.copyOf(ignored);
  }

  /** Keys of the file that mean nothing to this trainer. */
  public List<String> ignored() {
    return ignored;
  }

  /** The policy that is trained further: its directory. Empty for a new one and for a run that is resumed. */
  public Optional<Path> pretrained() {
    return pretrained;
  }

  /** The checkpoint that a run goes on from: the directory that holds pretrained_model and training_state. */
  public Optional<Path> checkpoint() {
    return checkpoint;
  }

  public Optional<String> datasetId() {
    return text("dataset.repo_id");
  }

  public Optional<Path> datasetRoot() {
    return text("dataset.root").map(Path::of);
  }

  public Optional<String> datasetRevision() {
    return text("dataset.revision");
  }

  /** Numbers of the episodes to use; empty for all. */
  public List<Integer> episodes() {
    List<Integer> episodes = new ArrayList<>();
    value("dataset.episodes").ifPresent(list -> list.forEach(number -> episodes.add(number.intValue())));
    return episodes;
  }

  /** Share of each task's episodes that is held back, 0 to below 1. */
  public double evalSplit() {
    return number("dataset.eval_split");
  }

  public boolean useImagenetStatistics() {
    return bool("dataset.use_imagenet_stats");
  }

  /** Values of an action that are changes and not positions. */
  public Set<Integer> deltaActions() {
    Set<Integer> deltas = new TreeSet<>();
    value("policy.delta_actions").ifPresent(list -> list.forEach(number -> deltas.add(number.intValue())));
    return deltas;
  }

  /** {@code enable}, {@code max_num_transforms}, {@code random_order} and {@code tfs}, as LeRobot has them. */
  public ObjectNode imageTransforms() {
    ObjectNode transforms = JsonNodeFactory.instance.objectNode();
    String prefix = "dataset.image_transforms.";
    values.forEach((name, value) -> {
      if (name.startsWith(prefix)) {
        transforms.set(name.substring(prefix.length()), value.deepCopy());
      }
    });
    return transforms;
  }

  /** The data set's observation keys to the policy's. */
  public Map<String, String> renames() {
    Map<String, String> renames = new LinkedHashMap<>();
    value("rename_map").ifPresent(map -> map.properties().forEach(entry -> renames.put(entry.getKey(), entry.getValue().asText())));
    return renames;
  }

  public Path outputDirectory() {
    return Path.of(text("output_dir").orElseThrow());
  }

  public String jobName() {
    return text("job_name").orElseThrow();
  }

  public long seed() {
    return integer("seed");
  }

  public int workers() {
    return (int) integer("num_workers");
  }

  /** Samples a batch of one process. */
  public int batchSize() {
    return (int) integer("batch_size");
  }

  public long steps() {
    return integer("steps");
  }

  /** Whether a log line is due after {@code step} steps. */
  public boolean logsAfter(long step) {
    return integer("log_freq") > 0 && step % integer("log_freq") == 0;
  }

  /** Whether a checkpoint is due after {@code step} steps. */
  public boolean savesAfter(long step) {
    long every = integer("save_freq");
    return savesCheckpoints() && (step == steps() || every > 0 && step % every == 0);
  }

  public boolean savesCheckpoints() {
    return bool("save_checkpoint");
  }

  /** Whether the open-loop error is due after {@code step} steps: as eval_steps says, and at checkpoints and at the end. */
  public boolean evaluatesAfter(long step) {
    long every = integer("eval_steps");
    return evalSplit() > 0 && (step == steps() || savesAfter(step) || every > 0 && step % every == 0);
  }

  /** Most frames of a measurement of the open-loop error, 0 for no limit. */
  public int maxEvalSamples() {
    return (int) integer("max_eval_samples");
  }

  /** {@code cpu}, {@code cuda} or {@code cuda:N}; empty: the best there is. */
  public Optional<String> device() {
    return text("policy.device");
  }

  /** Whether products of matrices are made in bfloat16. */
  public boolean reducedPrecision() {
    return bool("policy.use_amp");
  }

  /** Batches a step. */
  public int accumulation() {
    return (int) integer("policy.gradient_accumulation_steps");
  }

  /** Weights in torchvision's names that the vision transformer begins with. */
  public Optional<Path> visionWeights() {
    return text("policy.pretrained_backbone_weights").map(Path::of);
  }

  /** The trainer's part. */
  public TrainerOptions trainer() {
    return new TrainerOptions(seed(), accumulation(), optimizer(), schedule(), number("policy.ema_decay"));
  }

  /**
   * How batches are drawn.
   *
   * @param episodes numbers of the episodes that are trained on
   * @param rank this process, from 0
   * @param processes of the run
   */
  public BatchOptions batches(List<Integer> episodes, int rank, int processes) {
    return BatchOptions.of(batchSize(), seed(), workers()).withEpisodes(episodes).withProcess(rank, processes).withChanges(deltaActions())
        .withTransforms(PictureTransforms.of("dataset.image_transforms", imageTransforms()));
  }

  private OptimizerOptions optimizer() {
    double lr = number("optimizer.lr");
    double vision = bool("policy.freeze_vision_encoder") ? 0 : value("policy.optimizer_lr_backbone").map(rate -> rate.doubleValue() / lr).orElse(1.0);
    JsonNode betas = value("optimizer.betas").orElseThrow();
    return new OptimizerOptions(lr, betas.get(0).doubleValue(), betas.get(1).doubleValue(), number("optimizer.eps"), number("optimizer.weight_decay"),
        number("optimizer.grad_clip_norm"), vision);
  }

  private LearningRateSchedule schedule() {
    if (text("scheduler.type").orElseThrow().equals("constant_with_warmup")) {
      return new LearningRateSchedule.Constant(integer("scheduler.num_warmup_steps"));
    }
    return new LearningRateSchedule.CosineDecayWithWarmup(
        integer("scheduler.num_warmup_steps"), integer("scheduler.num_decay_steps"), number("scheduler.peak_lr"), number("scheduler.decay_lr")).fittedTo(steps());
  }

  public WandbSettings wandb() {
    return new WandbSettings(
        bool("wandb.enable"), !bool("wandb.disable_artifact"), text("wandb.project").orElseThrow(), text("wandb.entity"), text("wandb.notes"),
        text("wandb.run_id"), text("wandb.mode"), bool("wandb.add_tags"));
  }

  /** Where the trained policy is uploaded to; empty for nowhere. */
  public Optional<String> hubId() {
    return bool("policy.push_to_hub") ? text("policy.repo_id") : Optional.empty();
  }

  /**
   * The policy's configuration for a data set. A new policy sees all of the set's cameras and its state, unless told otherwise.
   *
   * @throws flowmatching.BadInputException where values do not fit each other, or the set lacks what a policy needs
   */
  public FlowMatchingConfig policyFor(DatasetInfo info) {
    FlowMatchingConfig complete = PolicyBlock.withPictures(newPolicy ? PolicyBlock.created(policy, info) : PolicyBlock.kept(policy, info), info, renames());
    if (deltaActions().stream().anyMatch(value -> value < 0 || value >= complete.actionDim())) {
      throw new BadInputException("--policy.delta_actions: expected numbers from 0 to " + (complete.actionDim() - 1) + ", found " + deltaActions());
    }
    double fps = complete.fps().orElse(info.fps());
    if (fps != info.fps()) {
      // A robot plays chunks at the rate that the policy names: at another it would move faster or slower than was recorded.
      throw new BadInputException("--policy.fps: expected the data set's " + info.fps() + " actions a second, found " + fps
          + pretrained.map(path -> " of " + path + "; --policy.fps=" + info.fps() + " trains the policy on at that rate").orElse(""));
    }
    return complete;
  }

  /** The same, with another value of one flag. */
  public TrainingConfig with(String name, String text) {
    TrainingConfig copy = new TrainingConfig(values, policy, newPolicy, pretrained, checkpoint, ignored);
    copy.values.put(name, TrainingFlags.named(name).parse(text));
    return copy;
  }

  /**
   * As {@code train_config.json} holds it: LeRobot's keys alone, so that LeRobot reads it.
   *
   * @param resolved the policy as it is trained
   */
  public ObjectNode toJson(FlowMatchingConfig resolved) {
    return TrainConfigFile.write(this, resolved);
  }

  /** A flag's value, or its default; empty where it has neither. */
  Optional<JsonNode> value(String name) {
    JsonNode given = name.startsWith(PolicyBlock.PREFIX) ? policy.get(name.substring(PolicyBlock.PREFIX.length())) : values.get(name);
    return Optional.ofNullable(given == null || given.isNull() ? TrainingFlags.ALL.get(name).absent() : given);
  }

  Optional<String> text(String name) {
    return value(name).map(JsonNode::textValue);
  }

  long integer(String name) {
    return value(name).orElseThrow().longValue();
  }

  double number(String name) {
    return value(name).orElseThrow().doubleValue();
  }

  boolean bool(String name) {
    return value(name).orElseThrow().booleanValue();
  }
}
