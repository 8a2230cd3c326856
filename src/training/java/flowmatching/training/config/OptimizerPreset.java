package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.util.List;
import java.util.Map;

/**
 * What {@code optimizer.*} and {@code scheduler.*} are where nobody says: this policy's preset or, without it, the defaults of
 * LeRobot's AdamWConfig. The schedule is the one that LeRobot's SmolVLA and pi0 have, for as long as the run is.
 */
final class OptimizerPreset {
  private static final double DECAY = 2.5e-6 / 1e-4;
  private static final long DECAY_STEPS = 30_000;

  private final Map<String, JsonNode> values;
  private final ObjectNode policy;

  private OptimizerPreset(Map<String, JsonNode> values, ObjectNode policy) {
    this.values = values;
    this.policy = policy;
  }

  /**
   * Adds what is missing to {@code values}, which has use_policy_training_preset and steps.
   *
   * @param policy whose {@code optimizer_lr} and so on, where a configuration has them, are its own preset
   * @throws BadInputException where the preset is not wanted and a value has no default
   */
  static void fill(Map<String, JsonNode> values, ObjectNode policy) {
    new OptimizerPreset(values, policy).fill(values.get("use_policy_training_preset").booleanValue(), values.get("steps").longValue());
  }

  private void fill(boolean preset, long steps) {
    if (preset) {
      put("optimizer.type", "adamw");
      put("scheduler.type", "cosine_decay_with_warmup");
    }
    need("optimizer.type");
    need("scheduler.type");
    put("optimizer.lr", preset ? "1e-4" : "1e-3");
    put("optimizer.weight_decay", "0.01");
    put("optimizer.grad_clip_norm", "10.0");
    put("optimizer.betas", "[0.9, 0.999]");
    put("optimizer.eps", "1e-8");
    if (values.get("scheduler.type").textValue().equals("constant_with_warmup")) {
      put("scheduler.num_warmup_steps", preset ? "0" : "1000");
      List.of("num_decay_steps", "peak_lr", "decay_lr").forEach(name -> refuse("scheduler." + name));
    } else if (preset) {
      double peak = values.get("optimizer.lr").doubleValue();
      put("scheduler.num_warmup_steps", "1000");
      put("scheduler.num_decay_steps", String.valueOf(Math.max(DECAY_STEPS, steps)));
      put("scheduler.peak_lr", String.valueOf(peak));
      put("scheduler.decay_lr", String.valueOf(peak * DECAY));
    } else {
      List.of("num_warmup_steps", "num_decay_steps", "peak_lr", "decay_lr").forEach(name -> need("scheduler." + name));
    }
  }

  private void put(String name, String text) {
    if (values.containsKey(name)) {
      return;
    }
    for (Map.Entry<String, String> alias : TrainingFlags.ALIASES.entrySet()) {
      JsonNode own = policy.path(alias.getKey().replace(PolicyBlock.PREFIX, ""));
      if (alias.getValue().equals(name) && !own.isMissingNode() && !own.isNull()) {
        values.put(name, TrainingFlags.ALL.get(name).check("policy", own));
        return;
      }
    }
    values.put(name, TrainingFlags.ALL.get(name).parse(text));
  }

  private void need(String name) {
    if (!values.containsKey(name)) {
      throw new BadInputException("--" + name + ": must be given where --use_policy_training_preset=false");
    }
  }

  private void refuse(String name) {
    if (values.remove(name) != null) {
      throw new BadInputException("--" + name + ": the schedule constant_with_warmup has no such value");
    }
  }
}
