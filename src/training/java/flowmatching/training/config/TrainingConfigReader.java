package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Puts a run's configuration together: a file's values, the policy that is trained further, then flags, then defaults. */
public final class TrainingConfigReader {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Map<String, JsonNode> flags = new LinkedHashMap<>();
  private final Function<String, Path> find;

  private TrainingConfigReader(Map<String, String> given, Function<String, Path> find) {
    this.find = find;
    given.forEach((name, text) -> {
      TrainingFlag flag = TrainingFlags.named(name);
      flags.put(flag.name(), flag.parse(text));
    });
  }

  /**
   * @param given texts of the command line, by flag
   * @param find the directory that {@code --policy.path} means, which may be a name on the hub
   * @throws BadInputException where a flag is unknown, a value cannot be used, values do not fit each other, or a file cannot be read
   */
  public static TrainingConfig read(Map<String, String> given, Function<String, Path> find) {
    return new TrainingConfigReader(given, find).read();
  }

  private TrainingConfig read() {
    boolean resume = flags.getOrDefault("resume", NODES.booleanNode(false)).booleanValue();
    Optional<Path> file = text("config_path").map(Path::of).map(TrainConfigFile::locate).or(() -> resume ? Optional.of(TrainConfigFile.last(run())) : Optional.empty());
    TrainConfigFile base = file.map(TrainConfigFile::read).orElseGet(TrainConfigFile::empty);
    if (!resume) {
      base.values().remove("wandb.run_id"); // another run's, which would get this one's metrics
    }
    Map<String, JsonNode> values = values(base);
    Optional<String> path = resume ? Optional.empty() : text("policy.path").or(() -> Optional.ofNullable(base.policy().path("pretrained_path").textValue()));
    Optional<Path> pretrained = path.map(find).map(Checkpoint::directory);
    ObjectNode policy = pretrained.map(directory -> network(directory, path.get())).orElseGet(base::policy);
    if (resume) {
      policy.setAll(JsonFile.read(file.get().resolveSibling(Checkpoint.CONFIG))); // what the weights beside it were trained as
    }
    boolean newPolicy = policy.path("input_features").isEmpty();
    policy(policy);
    defaults(values, policy);
    Optional<Path> checkpoint = resume ? file.map(TrainConfigFile::checkpoint) : Optional.empty();
    TrainingConfig config = new TrainingConfig(values, policy, newPolicy, pretrained, checkpoint, base.ignored());
    TrainingConfigCheck.check(config, flags.keySet());
    return config;
  }

  private Optional<String> text(String name) {
    return Optional.ofNullable(flags.get(name)).map(JsonNode::textValue);
  }

  private Path run() {
    return text("output_dir").map(Path::of)
        .orElseThrow(() -> new BadInputException("--resume: expected --config_path or --output_dir beside it, found neither"));
  }

  /** The file's values and what flags make of them. */
  private Map<String, JsonNode> values(TrainConfigFile base) {
    Map<String, JsonNode> values = new LinkedHashMap<>(base.values());
    if (flags.containsKey("scheduler.type") && !flags.get("scheduler.type").equals(values.get("scheduler.type"))) {
      values.keySet().removeIf(name -> name.startsWith("scheduler.")); // numbers of another schedule
    }
    flags.forEach((name, value) -> {
      if (!name.startsWith(PolicyBlock.PREFIX)) {
        set(values, name, value);
      }
    });
    values.keySet().retainAll(TrainingFlags.ofTheFile());
    values.put("resume", NODES.booleanNode(false)); // each start of a run says so itself
    return values;
  }

  private static void set(Map<String, JsonNode> values, String name, JsonNode value) {
    if (value.isNull()) {
      values.remove(name);
    } else {
      values.put(name, value);
    }
  }

  private static ObjectNode network(Path directory, String path) {
    return PolicyBlock.network(JsonFile.read(directory.resolve(Checkpoint.CONFIG))).put("pretrained_path", path);
  }

  private void policy(ObjectNode policy) {
    flags.forEach((name, value) -> {
      if (name.startsWith(PolicyBlock.PREFIX) && TrainingFlags.ALL.get(name).inFile()) {
        policy.set(name.substring(PolicyBlock.PREFIX.length()), value);
      }
    });
    policy.properties().removeIf(entry -> entry.getValue().isNull());
    boolean named = policy.has("repo_id");
    policy.put("push_to_hub", policy.path("push_to_hub").asBoolean(named));
  }

  private static void defaults(Map<String, JsonNode> values, ObjectNode policy) {
    TrainingFlags.ALL.values().forEach(flag -> {
      if (flag.inFile() && flag.absent() != null && !flag.name().startsWith(PolicyBlock.PREFIX)) {
        values.putIfAbsent(flag.name(), flag.absent());
      }
    });
    values.putIfAbsent("job_name", NODES.textNode("flowmatching"));
    String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyy-MM-dd/HH-mm-ss"));
    values.putIfAbsent("output_dir", NODES.textNode("outputs/train/" + now + "_" + values.get("job_name").textValue()));
    if (values.containsKey("dataset.root")) {
      // LeRobot knows no data set without a name.
      values.putIfAbsent("dataset.repo_id", NODES.textNode(Path.of(values.get("dataset.root").textValue()).toAbsolutePath().normalize().getFileName().toString()));
    }
    OptimizerPreset.fill(values, policy);
  }
}
