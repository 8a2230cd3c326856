package flowmatching.ros.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import flowmatching.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code config/parameters.yaml}: what parameters there are. */
public final class ParameterFile {
  private static final String RESOURCE = "parameters.yaml";
  private static final Set<String> KEYS = Set.of("type", "default", "range", "choices", "unit", "read_only", "description");

  private ParameterFile() {}

  /** The definitions that this version ships, by name, in the order of the file. */
  public static Map<String, ParameterDefinition> shipped() {
    try (InputStream stream = ParameterFile.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the class path; the build copies it from config/");
      }
      return read(RESOURCE, stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads definitions.
   *
   * @param source what to call them in messages
   * @throws BadInputException where a key is unknown or missing, or a default is out of its own range
   */
  static Map<String, ParameterDefinition> read(String source, InputStream yaml) throws IOException {
    Map<String, ParameterDefinition> definitions = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : new YAMLMapper().readTree(yaml).properties()) {
      definitions.put(entry.getKey(), definition(source, entry.getKey(), entry.getValue()));
    }
    return definitions;
  }

  private static ParameterDefinition definition(String source, String name, JsonNode node) {
    node.fieldNames().forEachRemaining(key -> {
      if (!KEYS.contains(key)) {
        throw new BadInputException(source + ": parameter " + name + " has an unknown key '" + key + "'");
      }
    });
    ParameterType type = type(source, name, node.path("type").asText());
    if (!node.has("default") || node.path("description").asText().isBlank()) {
      throw new BadInputException(source + ": parameter " + name + " needs a default and a description");
    }
    JsonNode range = node.path("range");
    List<String> choices = new ArrayList<>();
    node.path("choices").forEach(choice -> choices.add(choice.asText()));
    return new ParameterDefinition(
        name, type, type.parse(name, node.path("default").asText()), range.path(0).asDouble(Double.NEGATIVE_INFINITY),
        range.path(1).asDouble(Double.POSITIVE_INFINITY), choices, node.path("unit").asText(), node.path("read_only").asBoolean(),
        node.path("description").asText().strip());
  }

  private static ParameterType type(String source, String name, String text) {
    for (ParameterType type : ParameterType.values()) {
      if (type.toString().equals(text)) {
        return type;
      }
    }
    throw new BadInputException(
        source + ": parameter " + name + " must have type bool, integer, double or string, found '" + text + "'");
  }
}
