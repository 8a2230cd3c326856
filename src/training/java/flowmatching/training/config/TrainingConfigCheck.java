package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import flowmatching.hub.Hub;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What values must be to fit each other. */
final class TrainingConfigCheck {
  private TrainingConfigCheck() {}

  /** @param given flags of the command line */
  static void check(TrainingConfig config, Set<String> given) {
    require(config.datasetId().isPresent(), "dataset.repo_id", "a name, or --dataset.root", "neither");
    require(config.episodes().stream().allMatch(episode -> episode >= 0) && new HashSet<>(config.episodes()).size() == config.episodes().size(),
        "dataset.episodes", "numbers from 0, each once", config.episodes());
    require(config.evalSplit() > 0 || config.integer("eval_steps") == 0, "eval_steps", "--dataset.eval_split above 0 beside it", config.evalSplit());
    require(config.device().map(device -> device.matches("cpu|cuda(:\\d+)?")).orElse(true), "policy.device", "cpu, cuda or cuda:N", show(config.device()));
    require(!config.bool("policy.push_to_hub") || config.text("policy.repo_id").isPresent(), "policy.push_to_hub", "--policy.repo_id beside it", "none");
    require(config.hubId().map(Hub::isName).orElse(true), "policy.repo_id", "a name on the hub, user/name", show(config.hubId()));
    require(config.hubId().isEmpty() || config.savesCheckpoints(), "policy.push_to_hub", "--save_checkpoint=true beside it", "false");
    require(config.pretrained().isPresent() || !given.contains("rename_map") || config.renames().isEmpty(), "rename_map",
        "--policy.path beside it: a new policy takes the data set's names", "none");
    require(config.checkpoint().isEmpty() || !given.contains("policy.path"), "policy.path", "nothing beside --resume", "both");
    require(config.renames().values().stream().noneMatch(String::isEmpty), "rename_map", "texts to texts", config.renames());
    JsonNode betas = config.value("optimizer.betas").orElseThrow();
    require(betas.size() == 2 && betas.valueStream().allMatch(beta -> beta.doubleValue() >= 0 && beta.doubleValue() < 1), "optimizer.betas",
        "two numbers from 0 to below 1", betas);
    require(config.number("optimizer.lr") > 0, "optimizer.lr", "a number above 0", config.number("optimizer.lr"));
    Optional<JsonNode> backbone = config.value("policy.optimizer_lr_backbone");
    require(backbone.isEmpty() || backbone.get().doubleValue() <= 100 * config.number("optimizer.lr"), "policy.optimizer_lr_backbone",
        "at most 100 times --optimizer.lr", show(backbone));
    require(config.number("optimizer.eps") > 0, "optimizer.eps", "a number above 0", config.number("optimizer.eps"));
    Optional<JsonNode> peak = config.value("scheduler.peak_lr");
    require(peak.isEmpty() || peak.get().doubleValue() > 0 && config.number("scheduler.decay_lr") <= peak.get().doubleValue(), "scheduler.decay_lr",
        "at most --scheduler.peak_lr, which is above 0", show(config.value("scheduler.decay_lr")));
  }

  private static String show(Optional<?> value) {
    return value.map(Object::toString).orElse("nothing");
  }

  private static void require(boolean right, String flag, String expected, Object found) {
    if (!right) {
      throw new BadInputException("--" + flag + ": expected " + expected + ", found " + found);
    }
  }
}
