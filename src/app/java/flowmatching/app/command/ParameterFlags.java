package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.ros.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters of the node as ROS writes them on a command line: {@code name:=value}. */
final class ParameterFlags {
  private ParameterFlags() {}

  /** @throws BadInputException where one is not of this form, its name is unknown or its value of the wrong type */
  static Map<String, Object> parse(List<String> flags) {
    Map<String, Object> values = new LinkedHashMap<>();
    Parameters known = Parameters.defaults();
    for (String flag : flags) {
      int at = flag.indexOf(":=");
      if (at < 1) {
        throw new BadInputException("-p: expected name:=value, found '" + flag + "'");
      }
      String name = flag.substring(0, at);
      values.put(name, value(name, flag.substring(at + 2), known.definition(name).defaultValue()));
    }
    return values;
  }

  private static Object value(String name, String text, Object like) {
    try {
      if (like instanceof Boolean && List.of("true", "false").contains(text)) {
        return Boolean.valueOf(text);
      } else if (like instanceof Long) {
        return Long.valueOf(text);
      } else if (like instanceof Double) {
        return Double.valueOf(text);
      } else if (like instanceof String) {
        return text;
      }
    } catch (NumberFormatException e) {
      // Falls through to the same message as any other wrong value.
    }
    throw new BadInputException("-p " + name + ": expected " + (like instanceof Boolean ? "true or false" : "a number") + ", found '" + text + "'");
  }
}
