package flowmatching.training.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Flags of lerobot-train 0.6.1 that this trainer does not have, and why. */
final class UnsupportedFlags {
  private static final String SIMULATOR = "there is no simulator in the trainer; --eval_steps with --dataset.eval_split measures on recorded episodes";
  private static final String LOADER = "samples are prepared by threads of this process; --num_workers says how many";

  /** By name; what ends with a dot stands for all names that begin with it. */
  private static final Map<String, String> REASONS = new LinkedHashMap<>();

  /** What decides the weights: a configuration that sets one of these cannot be followed. */
  private static final Set<String> DECISIVE = Set.of("reward_model", "peft", "sample_weighting", "policy.use_peft");

  static {
    group("env", SIMULATOR);
    group("eval", SIMULATOR);
    REASONS.put("env_eval_freq", SIMULATOR);
    group("reward_model", "there are no reward models");
    group("peft", "adapters are not supported; --policy.freeze_vision_encoder and --policy.optimizer_lr_backbone are");
    REASONS.put("policy.use_peft", REASONS.get("peft"));
    group("job", "runs are started on this machine only");
    group("sample_weighting", "samples are drawn alike");
    REASONS.put("save_checkpoint_to_hub", "the last policy is uploaded, by --policy.repo_id");
    REASONS.put("prefetch_factor", LOADER);
    REASONS.put("persistent_workers", LOADER);
    REASONS.put("dataloader_multiprocessing_context", LOADER);
    REASONS.put("tolerance_s", "frames are found within LeRobot's default of 1e-4 s");
    REASONS.put("cudnn_deterministic", "runs on the CPU are deterministic; on a GPU that is not promised");
    REASONS.put("dataset.repo_type", "data sets are repositories; buckets are not supported");
    REASONS.put("dataset.streaming", "a data set is downloaded whole, once");
    REASONS.put("dataset.video_backend", "videos are read by the FFmpeg that is built in");
    REASONS.put("dataset.return_uint8", "pictures always are bytes until the network sees them");
    REASONS.put("dataset.depth_output_unit", "depth maps are not read");
    REASONS.put("policy.pretrained_path", "give --policy.path");
    REASONS.put("policy.output_features", "the policy's output is the data set's action");
    REASONS.put("checkpoint_path", "give --config_path");
    REASONS.put("policy.discover_packages_path", "there are no plug-ins in Python");
  }

  private UnsupportedFlags() {}

  private static void group(String name, String reason) {
    REASONS.put(name, reason);
    REASONS.put(name + ".", reason);
  }

  /** Why there is no such flag; empty where LeRobot has none either. */
  static Optional<String> reason(String name) {
    return REASONS.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".") ? name.startsWith(entry.getKey()) : name.equals(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  static boolean decidesTheWeights(String name) {
    return DECISIVE.contains(name);
  }
}
