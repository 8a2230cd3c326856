package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts checkpoints and data sets on the hub, as lerobot 0.6.1 does: with a card, and a data set with the tag of its format. */
public final class LeRobotUploads {
  private static final String CARD = "README.md";
  private static final String LICENSE = "apache-2.0";

  private final Hub hub;

  public LeRobotUploads(Hub hub) {
    this.hub = hub;
  }

  /**
   * A checkpoint as a model. Its {@code config.json} may say license, tags and whether it is private, as LeRobot's flags
   * {@code --policy.license}, {@code --policy.tags} and {@code --policy.private} do; its {@code train_config.json} tells the card how it
   * was trained. A README.md that is in the directory is taken in place of the card.
   *
   * @param checkpoint the directory that holds {@code config.json}
   * @param isPublic whether a new repository is seen by all; empty: as {@code config.json} says, else as the owner has set on the hub
   * @return the address of the commit
   * @throws BadInputException where it is no checkpoint, or the hub refuses
   */
  public String checkpoint(String id, Path checkpoint, Optional<Boolean> isPublic) {
    ObjectNode config = JsonFile.read(checkpoint.resolve("config.json"));
    HubUpload upload = new HubUpload("Upload policy weights, train config and readme").directory(checkpoint, LeRobotFiles::isOfCheckpoint);
    return hub.model(id).upload(withCard(upload, checkpoint, modelCard(id, config, checkpoint)), isPublic.or(() -> isPublic(config)));
  }

  /**
   * A data set, and a tag with its format at the new commit.
   *
   * @param root the directory that holds {@code meta/info.json}
   * @param isPublic whether a new repository is seen by all; empty: as the owner has set on the hub
   * @return the address of the commit
   * @throws BadInputException where it is no data set, or the hub refuses
   */
  public String dataset(String id, Path root, Optional<Boolean> isPublic) {
    ObjectNode info = JsonFile.read(root.resolve(LeRobotFiles.INFO));
    String format = info.path("codebase_version").asText();
    if (!format.matches("v\\d+(\\.\\d+)+")) {
      throw new BadInputException(root.resolve(LeRobotFiles.INFO) + ": key codebase_version: expected a version such as v3.0, found '" + format + "'");
    }
    HubUpload upload = new HubUpload("Upload data set").directory(root, LeRobotFiles::isOfDataset);
    RepositoryCard card = RepositoryCard.dataset(id, LICENSE, List.of()).table("Data", facts(info, "/robot_type", "/total_episodes", "/total_frames", "/fps", "/codebase_version"));
    HubRepository repository = hub.dataset(id);
    String commit = repository.upload(withCard(upload, root, card), isPublic);
    repository.tag(format);
    return commit;
  }

  private static HubUpload withCard(HubUpload upload, Path directory, RepositoryCard card) {
    Path own = directory.resolve(CARD);
    return Files.isRegularFile(own) ? upload.file(CARD, own) : upload.text(CARD, card.text());
  }

  private static RepositoryCard modelCard(String id, ObjectNode config, Path checkpoint) {
    Path file = checkpoint.resolve("train_config.json");
    JsonNode training = Files.isRegularFile(file) ? JsonFile.read(file) : config.objectNode();
    List<String> tags = new ArrayList<>();
    config.path("tags").forEach(tag -> tags.add(tag.asText()));
    List<String> datasets = RemoteFile.optional(training.path("dataset"), "repo_id").filter(Hub::isName).stream().toList();
    RepositoryCard card = RepositoryCard.model(id, RemoteFile.optional(config, "license").orElse(LICENSE), tags, datasets);
    Map<String, Object> features = new LinkedHashMap<>();
    for (String key : List.of("input_features", "output_features")) {
      config.path(key).properties().forEach(feature -> features.put("`" + feature.getKey() + "`", feature.getValue().path("shape")));
    }
    card.table("Inputs and outputs", features);
    Map<String, Object> facts = facts(training, "/steps", "/batch_size", "/optimizer/type", "/optimizer/lr", "/seed");
    return facts.isEmpty() ? card : card.table("Training", facts);
  }

  /** What there is of these places of a JSON file, under their names; the type of a part is that part. */
  private static Map<String, Object> facts(JsonNode json, String... places) {
    Map<String, Object> facts = new LinkedHashMap<>();
    for (String place : places) {
      JsonNode value = json.at(place);
      if (value.isValueNode() && !value.isNull()) {
        String name = place.replaceFirst("/type$", "");
        facts.put(name.substring(name.lastIndexOf('/') + 1), value.asText());
      }
    }
    return facts;
  }

  private static Optional<Boolean> isPublic(ObjectNode config) {
    return config.path("private").isBoolean() ? Optional.of(!config.get("private").asBoolean()) : Optional.empty();
  }
}
