package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A value that is given to a parameter before the node starts.
 *
 * @param source where it was given, for messages
 * @param node which nodes it is for
 * @param meant whether the node must have the parameter: it was given for this node, not for all that may read the same file
 * @param name of the parameter, parts divided by dots
 * @param value as {@link ParameterYaml} reads it
 */
record ParameterOverride(String source, NodePattern node, boolean meant, String name, Object value) {
  private static final String PARAMETERS = "ros__parameters";
  private static final NodePattern EVERY_NODE = new NodePattern("/**");

  /**
   * Reads {@code name:=value} or {@code node:name:=value}.
   *
   * @param source the flag that gave it
   */
  static ParameterOverride parse(String source, String text) {
    int equals = text.indexOf(":=");
    String left = equals < 0 ? "" : text.substring(0, equals);
    String name = left.substring(left.indexOf(':') + 1);
    if (name.isBlank()) {
      throw new BadInputException(source + ": expected name:=value, found '" + text + "'");
    }
    String where = source + " " + name;
    NodePattern node = EVERY_NODE;
    if (left.length() > name.length()) {
      String prefix = left.substring(0, left.length() - name.length() - 1);
      node = named(where, prefix.startsWith("/") ? "" : "/**", prefix);
    }
    return new ParameterOverride(where, node, true, name, scalar(where, text.substring(equals + 2)));
  }

  /**
   * Reads a file of parameters: names of nodes, nested or in one, then {@code ros__parameters}, then the values.
   *
   * @param source the flag and the file
   * @return every value, those for fewer nodes later
   */
  static List<ParameterOverride> read(String source, Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new BadInputException(source + ": cannot be read: " + e, e);
    }
    List<ParameterOverride> overrides = new ArrayList<>();
    if (!(ParameterYaml.read(source, text) instanceof Map<?, ?> root)) {
      throw new BadInputException(source + ": expected names of nodes with " + PARAMETERS + " below them");
    }
    addNodes(overrides, source, "", root);
    overrides.sort(Comparator.comparingInt(override -> override.node.precision())); // stable: else in the file's order
    return overrides;
  }

  private static void addNodes(List<ParameterOverride> overrides, String source, String above, Map<?, ?> tree) {
    tree.forEach((key, value) -> {
      if (!(value instanceof Map<?, ?> below)) {
        throw new BadInputException(source + ": " + above + "/" + key + ": expected a node's name with " + PARAMETERS
            + " below it, found '" + ParameterType.shown(value) + "'");
      } else if (!key.equals(PARAMETERS)) {
        addNodes(overrides, source, named(source, above, (String) key).text(), below);
      } else if (above.isEmpty()) {
        throw new BadInputException(source + ": " + PARAMETERS + " belongs below the name of a node, for example /**");
      } else {
        addValues(overrides, source, new NodePattern(above), "", below);
      }
    });
  }

  private static void addValues(
      List<ParameterOverride> overrides, String source, NodePattern node, String prefix, Map<?, ?> values) {
    values.forEach((key, value) -> {
      String name = prefix + key;
      if (value instanceof Map<?, ?> below) {
        addValues(overrides, source, node, name + ".", below);
      } else {
        overrides.add(new ParameterOverride(source + ": " + node.text() + " " + name, node, node.exact(), name, value));
      }
    });
  }

  private static Object scalar(String source, String text) {
    Object value = ParameterYaml.read(source, text);
    if (value instanceof Map) {
      throw new BadInputException(source + ": expected a value, found '" + ParameterType.shown(text) + "'");
    }
    return value;
  }

  private static NodePattern named(String source, String above, String key) {
    try {
      return NodePattern.below(above, key);
    } catch (BadInputException e) {
      throw new BadInputException(source + ": " + e.getMessage(), e);
    }
  }
}
