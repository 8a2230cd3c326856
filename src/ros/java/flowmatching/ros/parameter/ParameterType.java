package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The types of ROS parameters that are in use, each with the Java class that carries its values. */
public enum ParameterType {
  BOOL(Boolean.class), INTEGER(Long.class), DOUBLE(Double.class), STRING(String.class);

  private static final int LONGEST_SHOWN = 100;

  private final Class<?> javaClass;

  ParameterType(Class<?> javaClass) {
    this.javaClass = javaClass;
  }

  /** The name in {@code config/parameters.yaml}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Turns a value into this type's class. Whole numbers are welcome where a double is asked for; nothing else is converted.
   *
   * @throws BadInputException where it is of another type, naming both
   */
  Object take(String name, Object value) {
    if (this == INTEGER && value instanceof Integer number) {
      return number.longValue();
    }
    if (this == DOUBLE && (value instanceof Integer || value instanceof Long || value instanceof Float)) {
      return ((Number) value).doubleValue();
    }
    if (!javaClass.isInstance(value)) {
      throw new BadInputException("parameter " + name + " must be of type " + this + ", found " + found(value));
    }
    return value;
  }

  /**
   * Reads a value as it is written on a command line.
   *
   * @throws BadInputException where the text is no value of this type
   */
  Object parse(String name, String text) {
    try {
      return switch (this) {
        case BOOL -> switch (text) {
          case "true" -> true;
          case "false" -> false;
          default -> throw new NumberFormatException();
        };
        case INTEGER -> Long.valueOf(text);
        case DOUBLE -> Double.valueOf(text);
        case STRING -> text;
      };
    } catch (NumberFormatException e) {
      throw new BadInputException("parameter " + name + " must be of type " + this + ", found '" + shown(text) + "'");
    }
  }

  private static String found(Object value) {
    if (value == null) {
      return "nothing";
    }
    String kind = value instanceof List ? "list" : Stream.of(values()).filter(type -> type.javaClass.isInstance(value)).findFirst()
        .map(ParameterType::toString).orElse(value.getClass().getSimpleName().toLowerCase(Locale.ROOT));
    return kind + " '" + shown(value) + "'";
  }

  /** A value for a message: its beginning, where it is long. */
  static String shown(Object value) {
    String text = String.valueOf(value);
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
  }
}
