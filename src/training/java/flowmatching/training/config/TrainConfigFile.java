package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code train_config.json}, of this program or of LeRobot.
 *
 * @param values by flag
 * @param policy the policy's configuration, unread
 * @param ignored keys that mean nothing here
 */
record TrainConfigFile(Map<String, JsonNode> values, ObjectNode policy, List<String> ignored) {
  private static final String LAST = Checkpoint.NEWEST + "/" + Checkpoint.PRETRAINED;

  /** What there is without a file. */
  static TrainConfigFile empty() {
    return new TrainConfigFile(new LinkedHashMap<>(), JsonNodeFactory.instance.objectNode(), new ArrayList<>());
  }

  /**
   * Finds the file that {@code --config_path} means.
   *
   * @param path the file, a checkpoint's pretrained_model, the checkpoint, or a run's directory, whose last checkpoint it is
   */
  static Path locate(Path path) {
    if (!Files.exists(path)) {
      throw new BadInputException("--config_path: expected a " + TrainingConfig.FILE + ", a checkpoint or a run's directory, found nothing at " + path);
    }
    if (!Files.isDirectory(path)) {
      return path;
    }
    return List.of("", Checkpoint.PRETRAINED, LAST).stream()
        .map(inside -> path.resolve(inside).resolve(TrainingConfig.FILE))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() -> new BadInputException("--config_path: " + path + ": holds neither " + TrainingConfig.FILE + " nor a checkpoint"));
  }

  /** The file of a run's last checkpoint. No other directory: what goes on there would write checkpoints into it. */
  static Path last(Path run) {
    Path file = run.resolve(LAST).resolve(TrainingConfig.FILE);
    if (!Files.isRegularFile(file)) {
      throw new BadInputException("--output_dir: expected a run's directory with checkpoints/last, found " + run + "; --config_path takes a checkpoint");
    }
    return file;
  }

  /** The checkpoint that holds such a file; not by the link "last", which moves while the run goes on. */
  static Path checkpoint(Path file) {
    try {
      return file.toRealPath().getParent().getParent();
    } catch (IOException e) {
      throw new BadInputException("--config_path: " + file + " cannot be read: " + e, e);
    }
  }

  /** @throws BadInputException where it cannot be read, a value cannot be used, or it asks for what decides the weights and is not here */
  static TrainConfigFile read(Path file) {
    if (!file.toString().endsWith(".json")) {
      throw new BadInputException("--config_path: expected a JSON file, found " + file);
    }
    TrainConfigFile read = empty();
    ObjectNode json = JsonFile.read(file);
    JsonNode policy = json.remove("policy");
    if (policy != null && policy.isObject()) {
      read.policy.setAll((ObjectNode) policy);
    }
    read.take(file.toString(), "", json);
    PolicyBlock.check(file.toString(), read.policy);
    return read;
  }

  private void take(String file, String prefix, ObjectNode node) {
    node.properties().forEach(entry -> {
      String name = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      TrainingFlag flag = TrainingFlags.ALL.get(name);
      if (flag != null && flag.inFile()) {
        if (!flag.check(file, value).isNull()) {
          values.put(name, value);
        }
      } else if (value.isObject() && TrainingFlags.ALL.keySet().stream().anyMatch(known -> known.startsWith(name + "."))) {
        take(file, name + ".", (ObjectNode) value);
      } else if (!value.isNull()) {
        if (UnsupportedFlags.decidesTheWeights(name)) {
          throw new BadInputException(file + ": " + name + ": expected nothing, because " + UnsupportedFlags.reason(name).orElseThrow());
        }
        ignored.add(name);
      }
    });
  }

  /** What {@link TrainingConfig#toJson} gives. */
  static ObjectNode write(TrainingConfig config, FlowMatchingConfig policy) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (TrainingFlag flag : TrainingFlags.ALL.values()) {
      if (flag.name().startsWith(PolicyBlock.PREFIX)) {
        json.set("policy", policy.toJson()); // where the first of them stands
      } else if (flag.inFile()) {
        Optional<JsonNode> value = config.value(flag.name());
        // LeRobot takes no null there, and another schedule does not have the key.
        if (value.isPresent() || !flag.name().startsWith("scheduler.") && !flag.name().startsWith("optimizer.")) {
          place(json, flag.name(), value.orElse(JsonNodeFactory.instance.nullNode()));
        }
      }
    }
    return json;
  }

  private static void place(ObjectNode json, String name, JsonNode value) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      json.set(name, value);
    } else {
      place(json.withObjectProperty(name.substring(0, dot)), name.substring(dot + 1), value);
    }
  }
}
