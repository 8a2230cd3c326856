package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import java.util.List;

/**
 * One entry of {@code config/parameters.yaml}.
 *
 * @param name the parameter's name
 * @param type of its value
 * @param defaultValue where nothing else is given; {@code Boolean}, {@code Long}, {@code Double} or {@code String}
 * @param minimum least number allowed; minus infinity where there is no limit
 * @param maximum greatest number allowed; infinity where there is no limit
 * @param choices words allowed; empty allows any
 * @param unit of the number, empty where it has none
 * @param readOnly whether it can be given at the start only
 * @param description what it does, in whole sentences
 */
public record ParameterDefinition(
    String name, ParameterType type, Object defaultValue, double minimum, double maximum, List<String> choices, String unit,
    boolean readOnly, String description) {

  /** @throws BadInputException where the default is not a value that this definition allows */
  public ParameterDefinition {
    choices = List.copyOf(choices);
    defaultValue = type.take(name, defaultValue);
    checkRange(name, defaultValue, minimum, maximum, choices);
  }

  /**
   * Checks a value.
   *
   * @return it, as the class of {@link #type}
   * @throws BadInputException where its type or value is not allowed, naming the parameter, what it may be and what was found
   */
  public Object check(Object value) {
    Object taken = type.take(name, value);
    checkRange(name, taken, minimum, maximum, choices);
    return taken;
  }

  /** Reads and checks a value as it is written on a command line. */
  public Object parse(String text) {
    return check(type.parse(name, text));
  }

  /** What is allowed, for documents and messages; empty where everything of the type is. */
  public String range() {
    return range(type, minimum, maximum, choices);
  }

  private static void checkRange(String name, Object value, double minimum, double maximum, List<String> choices) {
    boolean allowed = value instanceof Number number
        ? number.doubleValue() >= minimum && number.doubleValue() <= maximum // false for NaN
        : choices.isEmpty() || choices.contains(value);
    if (!allowed) {
      ParameterType type = value instanceof Long ? ParameterType.INTEGER : ParameterType.DOUBLE;
      throw new BadInputException(
          "parameter " + name + " must be " + range(type, minimum, maximum, choices) + ", found '" + ParameterType.shown(value) + "'");
    }
  }

  private static String range(ParameterType type, double minimum, double maximum, List<String> choices) {
    if (!choices.isEmpty()) {
      return String.join(", ", choices);
    }
    String least = type == ParameterType.INTEGER ? String.valueOf((long) minimum) : String.valueOf(minimum);
    String greatest = type == ParameterType.INTEGER ? String.valueOf((long) maximum) : String.valueOf(maximum);
    if (minimum > Double.NEGATIVE_INFINITY) {
      return maximum < Double.POSITIVE_INFINITY ? least + " to " + greatest : least + " or more";
    }
    return maximum < Double.POSITIVE_INFINITY ? greatest + " or less" : "";
  }
}
