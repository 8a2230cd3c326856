package flowmatching.ros.parameter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import flowmatching.BadInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads values of parameters as ROS does: what they are written like decides their type, as in YAML. */
final class ParameterYaml {
  private static final YAMLFactory FACTORY = YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ParameterYaml() {}

  /**
   * Reads a document.
   *
   * @param source what to call it in messages
   * @return {@code Boolean}, {@code Long}, {@code Double}, {@code String}, a {@code List} of values, or a {@code Map} of them by name
   * @throws BadInputException where it is no YAML, has aliases or a second document, or a mapping has a key twice
   */
  static Object read(String source, String text) {
    try (YAMLParser parser = FACTORY.createParser(text)) {
      Object value = parser.nextToken() == null ? "" : value(source, parser);
      if (parser.nextToken() != null) { // passed over, its values would be lost without a word
        throw new BadInputException(source + ": expected one YAML document, found another after it (line " + parser.currentLocation().getLineNr() + ")");
      }
      return value;
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
      String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw new BadInputException(source + ": cannot be read as YAML" + where + ": " + reason, e);
    } catch (IOException e) {
      throw new BadInputException(source + ": cannot be read: " + e, e);
    }
  }

  private static Object value(String source, YAMLParser parser) throws IOException {
    if (parser.isCurrentAlias()) {
      throw new BadInputException(source + ": aliases are not allowed, found '*" + parser.getText() + "'");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(source, parser);
      case START_ARRAY -> list(source, parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> whole(source, parser);
      case VALUE_NUMBER_FLOAT -> real(parser);
      case VALUE_NULL -> "";
      default -> parser.getText();
    };
  }

  private static Map<String, Object> mapping(String source, YAMLParser parser) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      values.put(key, value(source, parser));
    }
    return values;
  }

  private static List<Object> list(String source, YAMLParser parser) throws IOException {
    List<Object> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(source, parser));
    }
    return values;
  }

  private static Object whole(String source, YAMLParser parser) throws IOException {
    try {
      return parser.getLongValue();
    } catch (JsonProcessingException e) {
      throw new BadInputException(source + ": expected a whole number of 64 bits, found '" + parser.getText() + "'", e);
    }
  }

  private static Object real(YAMLParser parser) throws IOException {
    return switch (parser.getText().toLowerCase(Locale.ROOT)) {
      case ".nan" -> Double.NaN;
      case ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
      case "-.inf" -> Double.NEGATIVE_INFINITY;
      default -> parser.getDoubleValue();
    };
  }
}
