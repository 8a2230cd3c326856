package flowmatching.training.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;

/** What the value of a flag is, in a file and on a command line. */
public enum FlagKind {
  TEXT("a text"),
  INTEGER("a whole number"),
  NUMBER("a number"),
  BOOLEAN("true or false"),
  INTEGERS("whole numbers, as [0,1,2]"),
  NUMBERS("numbers, as [0.9,0.999]"),
  TEXTS("texts, as [a,b]"),
  OBJECT("a JSON object");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String words;

  FlagKind(String words) {
    this.words = words;
  }

  /** For messages and documents. */
  @Override
  public String toString() {
    return words;
  }

  /** Whether a value of a file is of this kind. */
  boolean accepts(JsonNode value) {
    return switch (this) {
      case TEXT -> value.isTextual();
      case INTEGER -> value.isInt();
      case NUMBER -> value.isNumber();
      case BOOLEAN -> value.isBoolean();
      case INTEGERS -> elements(value, INTEGER);
      case NUMBERS -> elements(value, NUMBER);
      case TEXTS -> elements(value, TEXT);
      case OBJECT -> value.isObject();
    };
  }

  private static boolean elements(JsonNode value, FlagKind kind) {
    return value.isArray() && value.valueStream().allMatch(kind::accepts);
  }

  /** The value that a command line's text means; null where it is none of this kind. {@code null} is no value, as in LeRobot. */
  JsonNode parse(String text) {
    if (text.equals("null")) {
      return NullNode.instance;
    }
    try {
      return switch (this) {
        case TEXT -> NODES.textNode(text);
        case INTEGER -> NODES.numberNode(Integer.parseInt(text));
        case NUMBER -> number(text);
        case BOOLEAN -> text.matches("(?i)true|false") ? NODES.booleanNode(text.equalsIgnoreCase("true")) : null; // Python writes True
        case INTEGERS -> list(text, INTEGER);
        case NUMBERS -> list(text, NUMBER);
        case TEXTS -> list(text, TEXT);
        case OBJECT -> object(text);
      };
    } catch (NumberFormatException | JsonProcessingException e) {
      return null;
    }
  }

  private static JsonNode object(String text) throws JsonProcessingException {
    JsonNode value = JSON.readTree(text);
    return value.isObject() ? value : null;
  }

  private static JsonNode number(String text) {
    double value = Double.parseDouble(text);
    return Double.isFinite(value) ? NODES.numberNode(value) : null;
  }

  /** As JSON or YAML writes a list, or only commas between its elements. */
  private static JsonNode list(String text, FlagKind kind) {
    String inner = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    ArrayNode list = NODES.arrayNode();
    if (inner.isBlank()) {
      return list;
    }
    for (String element : inner.split(",", -1)) {
      String bare = element.strip();
      boolean quoted = bare.length() > 1 && (bare.startsWith("\"") && bare.endsWith("\"") || bare.startsWith("'") && bare.endsWith("'"));
      JsonNode value = kind.parse(quoted ? bare.substring(1, bare.length() - 1) : bare);
      if (value == null || value.isNull() || bare.isEmpty()) {
        return null;
      }
      list.add(value);
    }
    return list;
  }
}
