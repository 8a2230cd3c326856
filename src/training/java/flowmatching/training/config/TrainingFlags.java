package flowmatching.training.config;

import static flowmatching.training.config.FlagKind.BOOLEAN;
import static flowmatching.training.config.FlagKind.INTEGER;
import static flowmatching.training.config.FlagKind.INTEGERS;
import static flowmatching.training.config.FlagKind.NUMBER;
import static flowmatching.training.config.FlagKind.NUMBERS;
import static flowmatching.training.config.FlagKind.OBJECT;
import static flowmatching.training.config.FlagKind.TEXT;
import static flowmatching.training.config.FlagKind.TEXTS;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import flowmatching.model.ConfigField;
import flowmatching.model.FlowMatchingConfig;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Every flag of {@code train}: the one source of what is parsed, of {@code --help}, of docs/training_flags.md and of
 * {@code train_config.json}. Names and defaults are those of lerobot-train 0.6.1; descriptions say where they are not.
 */
public final class TrainingFlags {
  private static final Map<String, TrainingFlag> FLAGS = new LinkedHashMap<>();
  private static final Map<String, String> OTHERS = new LinkedHashMap<>();

  /** By name, in the order of {@code train_config.json}. */
  public static final Map<String, TrainingFlag> ALL = Collections.unmodifiableMap(FLAGS);

  /** Other names that the command line takes, each to the flag's own. */
  public static final Map<String, String> ALIASES = Collections.unmodifiableMap(OTHERS);

  private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

  /** What new policies turn on. */
  private static final ObjectNode NEW_POLICY = FlowMatchingConfig.builder().state(1).action(1, 1).build().toJson();

  /** What a new policy has from its data set. */
  private static final Set<String> DATA_SETS = Set.of("max_state_dim", "max_action_dim", "fps");

  static {
    dataset();
    policy();
    add("output_dir", TEXT, null, "Directory that the run makes. Default: outputs/train/<date>/<time>_<job_name>. It must be new, unless the run is resumed.");
    add("job_name", TEXT, null, "Name of the run. Default: the policy's type.");
    add("resume", BOOLEAN, "false",
        "Go on where --config_path, or else the last checkpoint of --output_dir, stopped. Flags given beside it win over the checkpoint's.");
    add("seed", INTEGER, "1000", 0, NO_LIMIT, "Seed of weights, order of samples, noise and augmentation.");
    add("num_workers", INTEGER, "4", 0, 1024, "Threads that read, decode and augment samples ahead; 0 does it between the steps.");
    add("batch_size", INTEGER, "32", 1, 1 << 20, "Samples a step, in each process. 32 is this policy's; LeRobot's own is 8.");
    add("steps", INTEGER, "100000", 1, NO_LIMIT, "Optimiser steps of the whole run.");
    add("log_freq", INTEGER, "200", 0, NO_LIMIT, "Steps between log lines; 0 for none.");
    add("eval_steps", INTEGER, "0", 0, NO_LIMIT,
        "Steps between measurements of the open-loop error on held-back episodes; 0 measures at checkpoints only. Needs --dataset.eval_split.");
    alias("eval_freq", "eval_steps");
    add("max_eval_samples", INTEGER, "0", 0, NO_LIMIT, "Most frames of one such measurement, spread evenly; 0 takes every half chunk.");
    add("save_checkpoint", BOOLEAN, "true", "Write checkpoints.");
    add("save_freq", INTEGER, "20000", -1, NO_LIMIT, "Steps between checkpoints; 0 or less for the last one only.");
    optimizer();
    wandb();
    add("rename_map", OBJECT, "{}", "What the policy of --policy.path calls the data set's cameras: {\"observation.images.front\": \"observation.images.top\"}.");
    commandLine("config_path", "A train_config.json, a checkpoint or a run's directory: its values are taken, except where a flag says otherwise.");
  }

  private TrainingFlags() {}

  private static void dataset() {
    add("dataset.repo_id", TEXT, null, "The data set: a name on the hub, or below HF_LEROBOT_HOME. Needed unless --dataset.root is given.");
    add("dataset.root", TEXT, null, "Directory of a LeRobotDataset (v3.0 or v2.1). Where it holds none, --dataset.repo_id is downloaded to it.");
    add("dataset.episodes", INTEGERS, null, "Episodes to use. Default: all.");
    add("dataset.image_transforms.enable", BOOLEAN, "false", "Change pictures at random while training.");
    add("dataset.image_transforms.max_num_transforms", INTEGER, "3", 1, 1024, "Most transforms on one picture, drawn by their weights.");
    add("dataset.image_transforms.random_order", BOOLEAN, "false", "Apply them in random order.");
    add("dataset.image_transforms.tfs", OBJECT, """
        {"brightness": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"brightness": [0.8, 1.2]}},
         "contrast": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"contrast": [0.8, 1.2]}},
         "saturation": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"saturation": [0.5, 1.5]}},
         "hue": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"hue": [-0.05, 0.05]}},
         "sharpness": {"weight": 1.0, "type": "SharpnessJitter", "kwargs": {"sharpness": [0.5, 1.5]}},
         "affine": {"weight": 1.0, "type": "RandomAffine", "kwargs": {"degrees": [-5.0, 5.0], "translate": [0.05, 0.05]}}}
        """, "The transforms, {name: {\"weight\", \"type\", \"kwargs\"}}, with torchvision's types and arguments. Default: LeRobot's six.");
    add("dataset.revision", TEXT, null, "Branch, tag or commit on the hub. Default: the newest that fits.");
    add("dataset.use_imagenet_stats", BOOLEAN, "true", "Store ImageNet's mean and deviation as those of the cameras.");
    add("dataset.eval_split", NUMBER, "0", 0, 0.999, "Share of each task's episodes, the last ones as they are named or numbered, that is held back to measure the open-loop error.");
  }

  private static void policy() {
    choice("policy.type", FlowMatchingConfig.TYPE, "The policy; there is one.", FlowMatchingConfig.TYPE);
    commandLine("policy.path",
        "Train a policy further: a checkpoint's directory, or a name on the hub. Its configuration is taken, except where a flag says otherwise.");
    add("policy.device", TEXT, null, "cpu, cuda or cuda:N. Default: cuda where there is one.");
    add("policy.use_amp", BOOLEAN, "false", "bfloat16 where that is safe (autocast); weights and optimiser stay float32.");
    add("policy.push_to_hub", BOOLEAN, null, "Upload the trained policy. Default: where --policy.repo_id is given (LeRobot: true).");
    add("policy.repo_id", TEXT, null, "Name on the hub for the trained policy.");
    add("policy.private", BOOLEAN, null, "Make a new repository private. Default: as the account is set up.");
    add("policy.tags", TEXTS, null, "Tags of the model card.");
    add("policy.license", TEXT, null, "Licence of the model card.");
    add("policy.pretrained_backbone_weights", TEXT, null,
        "What the vision transformer begins with: a safetensors file in torchvision's names; docs/training.md says how to make one.");
    add("policy.freeze_vision_encoder", BOOLEAN, "false", "Leave the vision transformer as it is.");
    add("policy.optimizer_lr_backbone", NUMBER, null, 0, NO_LIMIT, "Learning rate of the vision transformer at the schedule's peak. Default: that of the rest.");
    add("policy.ema_decay", NUMBER, "0", 0, 0.999999, "Decay a step of the moving average of the weights, which then is what checkpoints hold; 0 for none. Not in LeRobot.");
    add("policy.gradient_accumulation_steps", INTEGER, "1", 1, 1 << 20, "Batches whose gradients one step adds up, where memory does not take them at once. Not in LeRobot.");
    add("policy.delta_actions", INTEGERS, null,
        "Values of an action, by number, that are changes (deltas, velocities): beyond an episode's end they are trained as 0 and the others as staying. Not in LeRobot.");
    add("policy.input_features", OBJECT, null,
        "What the policy sees, {name: {\"type\": \"VISUAL\" or \"STATE\", \"shape\": [...]}}; cameras in the order of their slots. Default: all cameras and the state of the data set.");
    add("policy.normalization_mapping", OBJECT, null, "Mode by type of feature. Default: VISUAL IDENTITY, STATE and ACTION MEAN_STD.");
    add("policy.image_size", INTEGERS, null, "Height and width that pictures are resized to, in pixels. Default: [224,224].");
    add("policy.vit", OBJECT, null,
        "Sizes of a vision transformer of one's own, {\"patch_size\", \"num_layers\", \"num_heads\", \"mlp_dim\"}; its width is --policy.vit_embed_dim.");
    ConfigField.ALL.values().forEach(TrainingFlags::field);
  }

  private static void field(ConfigField field) {
    FlagKind kind =
        switch (field.kind()) {
          case INTEGER -> INTEGER;
          case NUMBER -> NUMBER;
          case WORD -> TEXT;
        };
    Object absent = NEW_POLICY.has(field.name()) ? NEW_POLICY.get(field.name()).asText() : field.absent();
    String text = DATA_SETS.contains(field.name()) || absent == null ? field.reason() : field.reason() + " Default: " + absent + ".";
    put("policy." + field.name(), kind, null, field.minimum(), field.maximum(), field.choices(), true, text);
  }

  private static void optimizer() {
    add("use_policy_training_preset", BOOLEAN, "true",
        "What --optimizer.* and --scheduler.* do not say comes from this policy's preset. false asks for both types and takes LeRobot's own defaults.");
    choice("optimizer.type", null, "The optimiser. Preset: adamw.", "adamw");
    preset("optimizer.lr", NUMBER, "Learning rate at the schedule's peak. Preset: 1e-4.");
    preset("optimizer.weight_decay", NUMBER, "Decoupled weight decay. Preset: 0.01.");
    preset("optimizer.grad_clip_norm", NUMBER, "Greatest norm of all gradients together; 0 for no limit. Preset: 10.");
    preset("optimizer.betas", NUMBERS, "Decays of the gradient's first and second moment. Preset: [0.9,0.999].");
    preset("optimizer.eps", NUMBER, "Added to the root of the second moment. Preset: 1e-8.");
    choice("scheduler.type", null, "How the learning rate goes. Preset: cosine_decay_with_warmup.",
        "cosine_decay_with_warmup", "constant_with_warmup");
    preset("scheduler.num_warmup_steps", INTEGER, "Steps in which it rises. Preset: 1000.");
    preset("scheduler.num_decay_steps", INTEGER,
        "Steps until it has fallen (cosine_decay_with_warmup); a shorter run shortens this and the warm-up alike. Preset: 30000, or --steps where that is more.");
    preset("scheduler.peak_lr", NUMBER, "What decay_lr is compared with. Preset: the learning rate.");
    preset("scheduler.decay_lr", NUMBER, "Where it ends. Preset: 2.5e-6 for a peak of 1e-4, others in proportion.");
    List.of("lr", "weight_decay", "grad_clip_norm", "betas", "eps").forEach(name -> alias("policy.optimizer_" + name, "optimizer." + name));
    alias("policy.scheduler_warmup_steps", "scheduler.num_warmup_steps");
    alias("policy.scheduler_decay_steps", "scheduler.num_decay_steps");
    alias("policy.scheduler_decay_lr", "scheduler.decay_lr");
  }

  private static void wandb() {
    add("wandb.enable", BOOLEAN, "false", "Send metrics to Weights & Biases, by the wandb client of $FLOWMATCHING_PYTHON, else python3.");
    add("wandb.disable_artifact", BOOLEAN, "false", "Do not send the checkpoints' weights.");
    add("wandb.project", TEXT, "lerobot", "Project of the run.");
    add("wandb.entity", TEXT, null, "Account or team. Default: wandb's own.");
    add("wandb.notes", TEXT, null, "Notes on the run.");
    add("wandb.run_id", TEXT, null, "Run to go on with. Default: a new one, or that of the run which is resumed.");
    choice("wandb.mode", null, "Default: as wandb is set up, which is online.", "online", "offline", "disabled");
    add("wandb.add_tags", BOOLEAN, "true", "Tag the run with policy, seed and data set.");
  }

  private static void add(String name, FlagKind kind, String absent, String description) {
    put(name, kind, absent, Double.NEGATIVE_INFINITY, NO_LIMIT, List.of(), true, description);
  }

  private static void add(String name, FlagKind kind, String absent, double least, double greatest, String description) {
    put(name, kind, absent, least, greatest, List.of(), true, description);
  }

  private static void preset(String name, FlagKind kind, String description) {
    put(name, kind, null, 0, NO_LIMIT, List.of(), true, description);
  }

  private static void choice(String name, String absent, String description, String... choices) {
    put(name, TEXT, absent, 0, 0, Arrays.asList(choices), true, description);
  }

  private static void commandLine(String name, String description) {
    put(name, TEXT, null, 0, 0, List.of(), false, description);
  }

  private static void put(
      String name, FlagKind kind, String absent, double least, double greatest, List<String> choices, boolean inFile, String description) {
    FLAGS.put(name, new TrainingFlag(name, kind, absent == null ? null : kind.parse(absent), least, greatest, choices, inFile, description));
  }

  private static void alias(String other, String name) {
    OTHERS.put(other, name);
  }

  /** Names of those that {@code train_config.json} has. */
  static Set<String> ofTheFile() {
    return ALL.values().stream().filter(TrainingFlag::inFile).map(TrainingFlag::name).collect(Collectors.toSet());
  }

  /** @throws BadInputException where there is no such flag, with the reason or the nearest one */
  public static TrainingFlag named(String name) {
    TrainingFlag flag = ALL.get(ALIASES.getOrDefault(name, name));
    if (flag == null) {
      throw new BadInputException("--" + name + ": " + UnsupportedFlags.reason(name).orElseGet(() -> "unknown; the nearest flag is --" + SimilarNames.of(name, ALL.keySet()).get(0)));
    }
    return flag;
  }
}
