package flowmatching.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The page of a repository, README.md: facts in YAML, by which the hub files and finds it
 * (https://huggingface.co/docs/hub/model-cards), then words for people. The keys are those that LeRobot writes.
 */
public final class RepositoryCard {
  private static final YAMLMapper YAML = YAMLMapper.builder()
      .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES).enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS).build();

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final StringBuilder text = new StringBuilder();

  private RepositoryCard(String license, Set<String> tags) {
    facts.put("license", license);
    facts.put("tags", List.copyOf(tags));
  }

  /**
   * @param license an identifier of https://huggingface.co/docs/hub/repositories-licenses
   * @param tags beside {@code robotics}, {@code lerobot} and {@code flowmatching}
   * @param datasets that it was trained on, {@code user/name}
   */
  public static RepositoryCard model(String id, String license, List<String> tags, List<String> datasets) {
    RepositoryCard card = new RepositoryCard(license, union(List.of("robotics", "lerobot", "flowmatching"), tags));
    card.facts.put("library_name", "lerobot");
    card.facts.put("pipeline_tag", "robotics");
    card.facts.put("model_name", "flowmatching");
    if (!datasets.isEmpty()) {
      card.facts.put("datasets", datasets);
    }
    return card.paragraph("# " + id).paragraph("A flow matching policy for robots: camera pictures and joint states in, chunks of actions out.")
        .paragraph("```\n./flowmatching run --policy.path=" + id + " --robot=FILE\n```");
  }

  /** @param license an identifier of the hub's @param tags beside {@code LeRobot} */
  public static RepositoryCard dataset(String id, String license, List<String> tags) {
    RepositoryCard card = new RepositoryCard(license, union(List.of("LeRobot"), tags));
    card.facts.put("task_categories", List.of("robotics"));
    card.facts.put("configs", List.of(Map.of("config_name", "default", "data_files", "data/*/*.parquet")));
    return card.paragraph("# " + id).paragraph("A [LeRobot](https://github.com/huggingface/lerobot) data set.");
  }

  /** Adds Markdown. */
  public RepositoryCard paragraph(String markdown) {
    text.append('\n').append(markdown.strip()).append('\n');
    return this;
  }

  /** Adds a table of two columns. */
  public RepositoryCard table(String heading, Map<String, ?> rows) {
    List<String> lines = new ArrayList<>(List.of("## " + heading, "", "| | |", "|---|---|"));
    rows.forEach((key, value) -> lines.add("| " + cell(key) + " | " + cell(value) + " |"));
    return paragraph(String.join("\n", lines));
  }

  /** README.md. */
  public String text() {
    try {
      return YAML.writeValueAsString(facts) + "---\n" + text;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and lists are YAML", e);
    }
  }

  private static String cell(Object value) {
    return String.valueOf(value).replaceAll("\\s+", " ").replace("|", "\\|");
  }

  private static Set<String> union(List<String> first, List<String> second) {
    Set<String> all = new LinkedHashSet<>(first);
    all.addAll(second);
    return all;
  }
}
