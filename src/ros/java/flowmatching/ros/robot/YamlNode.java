package flowmatching.ros.robot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A value of a YAML file together with its place, so that every error can name it: {@code ur5e.yaml: actions[3].kind: expected ...}.
 *
 * @param where file and place, for messages
 * @param node the value; missing where the file has none
 */
record YamlNode(String where, JsonNode node) {
  private static final long MAX_BYTES = 1 << 20;
  private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  static YamlNode read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new BadInputException(file + ": expected at most " + MAX_BYTES + " bytes of YAML, found " + Files.size(file));
      }
      byte[] text = Files.readAllBytes(file);
      checkTokens(file, text);
      JsonNode root = YAML.readTree(text);
      if (root == null || !root.isObject()) {
        throw new BadInputException(file + ": expected keys and values");
      }
      return new YamlNode(file + ": ", root);
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
      throw new BadInputException(file + ": not valid YAML" + line + ": " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
    } catch (NoSuchFileException e) {
      throw new BadInputException(file + ": no such file");
    } catch (IOException e) {
      throw new BadInputException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Refuses what a tree does not show: an alias would be a text, its own name, and what follows the first document would be lost. */
  private static void checkTokens(Path file, byte[] text) throws IOException {
    try (YAMLParser parser = YAML.getFactory().createParser(text)) {
      boolean ended = false;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        String line = " (line " + parser.currentTokenLocation().getLineNr() + ")";
        if (ended) {
          throw new BadInputException(file + ": expected one YAML document, found another after it" + line);
        } else if (parser.isCurrentAlias()) {
          throw new BadInputException(file + ": aliases are not allowed, found '*" + parser.getText() + "'" + line);
        }
        ended = parser.getParsingContext().inRoot();
      }
    }
  }

  /** Refuses every key but these, with the nearest of them. */
  void allow(String... keys) {
    if (!node.isObject()) {
      throw wrong("keys of " + Arrays.toString(keys), found());
    }
    node.fieldNames().forEachRemaining(key -> {
      if (!Arrays.asList(keys).contains(key)) {
        String nearest = SimilarNames.of(key, List.of(keys)).get(0);
        throw new BadInputException((where.endsWith(": ") ? where : where + ": ") + "unknown key '" + key + "'; did you mean '" + nearest + "'? Known are " + Arrays.toString(keys));
      }
    });
  }

  boolean has(String key) {
    return !node.path(key).isMissingNode();
  }

  YamlNode at(String key) {
    return new YamlNode((where.endsWith(": ") ? where : where + ".") + key, node.path(key));
  }

  /** The entries of a list; none where the key is absent. */
  List<YamlNode> list(String key) {
    YamlNode list = at(key);
    if (list.node.isMissingNode()) {
      return List.of();
    }
    if (!list.node.isArray()) {
      throw list.wrong("a list", list.found());
    }
    List<YamlNode> entries = new ArrayList<>();
    for (int i = 0; i < list.node.size(); i++) {
      entries.add(new YamlNode(list.where + "[" + i + "]", list.node.get(i)));
    }
    return entries;
  }

  String text() {
    if (!node.isTextual() || node.textValue().isBlank()) {
      throw wrong("a text", found());
    }
    return node.textValue();
  }

  double number() {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw wrong("a number", found());
    }
    return node.doubleValue();
  }

  double number(String key, double absent) {
    return has(key) ? at(key).number() : absent;
  }

  int integer() {
    if (!node.isInt()) {
      throw wrong("a whole number", found());
    }
    return node.intValue();
  }

  <E extends Enum<E>> E choice(Class<E> type) {
    List<String> words = Arrays.stream(type.getEnumConstants()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    if (!node.isTextual() || !words.contains(node.textValue())) {
      throw wrong("one of " + words, found());
    }
    return Enum.valueOf(type, node.textValue().toUpperCase(Locale.ROOT));
  }

  /** Makes something of this node's values; what it refuses is refused with this node's place. */
  <R> R checked(Supplier<R> maker) {
    try {
      return maker.get();
    } catch (BadInputException e) {
      throw e.getMessage().startsWith(where.substring(0, where.indexOf(": "))) ? e : new BadInputException(where + ": " + e.getMessage(), e);
    }
  }

  BadInputException wrong(String expected, String found) {
    return new BadInputException(where + ": expected " + expected + ", found " + found);
  }

  private String found() {
    String text = node.isMissingNode() ? "nothing" : node.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
