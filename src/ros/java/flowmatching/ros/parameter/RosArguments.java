package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import flowmatching.ros.graph.GraphNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The part of a command line that every ROS node understands:
 *
 * <pre>{@code
 * --ros-args -r __ns:=/left -r __node:=arm -r image:=/camera/image -p num_steps:=5 --params-file F --log-level debug --
 * }</pre>
 *
 * <p>It begins with {@code --ros-args} and ends with {@code --} or the line; there may be several. What is given later overrides
 * what was given earlier, files included; within a file what is for this node alone overrides what is for several.
 */
public final class RosArguments {
  private static final String BEGIN = "--ros-args";
  private static final String END = "--";
  private static final Set<String> LEVELS = Set.of("debug", "info", "warn", "error", "fatal");
  /** What ROS knows besides and what has no effect here. */
  private static final Set<String> IGNORED = Set.of("--enable-rosout-logs", "--disable-rosout-logs", "--enable-stdout-logs",
      "--disable-stdout-logs", "--enable-external-lib-logs", "--disable-external-lib-logs");
  private static final Set<String> IGNORED_WITH_VALUE = Set.of("--log-config-file", "--log-file-name");

  private final List<String> rest = new ArrayList<>();
  private final List<String> remaps = new ArrayList<>();
  private final List<ParameterOverride> overrides = new ArrayList<>();
  private String logLevel;

  private RosArguments() {}

  /**
   * Takes a command line apart.
   *
   * @throws BadInputException where an argument after {@code --ros-args} is unknown, incomplete or wrong, naming it
   */
  public static RosArguments parse(List<String> arguments) {
    RosArguments parsed = new RosArguments();
    boolean ros = false;
    for (Iterator<String> remaining = arguments.iterator(); remaining.hasNext();) {
      String argument = remaining.next();
      if (argument.equals(BEGIN)) {
        ros = true;
      } else if (!ros) {
        parsed.rest.add(argument);
      } else if (argument.equals(END)) {
        ros = false;
      } else {
        parsed.take(argument, remaining);
      }
    }
    return parsed;
  }

  private void take(String flag, Iterator<String> remaining) {
    switch (flag) {
      case "-r", "--remap" -> remaps.add(remap(flag, value(flag, remaining)));
      case "-p", "--param" -> overrides.add(ParameterOverride.parse(flag, value(flag, remaining)));
      case "--params-file" -> {
        String file = value(flag, remaining);
        overrides.addAll(ParameterOverride.read(flag + " " + file, Path.of(file)));
      }
      case "--log-level" -> logLevel = level(flag, value(flag, remaining));
      default -> {
        if (IGNORED_WITH_VALUE.contains(flag)) {
          value(flag, remaining);
        } else if (!IGNORED.contains(flag)) {
          throw new BadInputException(BEGIN + ": expected -r, -p, --params-file or --log-level, found '" + flag + "'");
        }
      }
    }
  }

  private static String value(String flag, Iterator<String> remaining) {
    if (!remaining.hasNext()) {
      throw new BadInputException(flag + ": expected a value, found the end of the line");
    }
    return remaining.next();
  }

  private static String remap(String flag, String rule) {
    int equals = rule.indexOf(":=");
    if (equals < 1 || equals + 2 == rule.length()) {
      throw new BadInputException(flag + ": expected from:=to, found '" + rule + "'");
    }
    return rule;
  }

  /** A level alone or, for a single logger, {@code name:=level}; loggers are not told apart here. */
  private static String level(String flag, String text) {
    String level = text.substring(text.indexOf(":=") < 0 ? 0 : text.indexOf(":=") + 2).toLowerCase(Locale.ROOT);
    if (!LEVELS.contains(level)) {
      throw new BadInputException(flag + ": expected debug, info, warn, error or fatal, found '" + text + "'");
    }
    return level;
  }

  /** What is not for ROS, in order. */
  public List<String> rest() {
    return List.copyOf(rest);
  }

  /** {@code debug}, {@code info}, {@code warn}, {@code error} or {@code fatal}, where one was asked for. */
  public Optional<String> logLevel() {
    return Optional.ofNullable(logLevel);
  }

  /**
   * The node's name, namespace and remappings.
   *
   * @param namespace where no {@code __ns} was given
   * @param node where no {@code __node} was given
   * @throws BadInputException where a name or rule is not valid
   */
  public GraphNames names(String namespace, String node) {
    try {
      List<String> others = remaps.stream().filter(rule -> !isSpecial(rule)).toList();
      String renamed = special(node, "__node", special(node, "__name", node));
      return new GraphNames(special(renamed, "__ns", namespace), renamed, others); // as in ROS: a rule for a node goes by its new name
    } catch (BadInputException e) {
      throw new BadInputException("-r: " + e.getMessage(), e);
    }
  }

  /** What the first rule for a special name says. */
  private String special(String node, String name, String otherwise) {
    for (String rule : remaps) {
      for (String from : List.of(name + ":=", node + ":" + name + ":=")) {
        if (rule.startsWith(from)) {
          return rule.substring(from.length());
        }
      }
    }
    return otherwise;
  }

  private static boolean isSpecial(String rule) {
    String from = rule.substring(0, rule.indexOf(":="));
    return Set.of("__ns", "__node", "__name").contains(from.substring(from.indexOf(':') + 1));
  }

  /**
   * The values for a node's parameters.
   *
   * @param names the node's
   * @param definitions what parameters it has; a name that it has not is passed over where it was given for several nodes
   * @throws BadInputException where a parameter that this node lacks was given for it alone, or with {@code -p}, or a value is of
   *     the wrong type or out of range
   */
  public Map<String, Object> parameters(GraphNames names, Map<String, ParameterDefinition> definitions) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (ParameterOverride override : overrides) {
      if (!override.node().matches(names.fullName())) {
        continue;
      }
      ParameterDefinition definition = definitions.get(override.name());
      if (definition != null) {
        values.put(override.name(), checked(override, definition));
      } else if (override.meant()) {
        throw new BadInputException(override.source() + ": the node has no such parameter" + SimilarNames.hint(override.name(), definitions.keySet()));
      }
    }
    return values;
  }

  private static Object checked(ParameterOverride override, ParameterDefinition definition) {
    try {
      return definition.check(override.value());
    } catch (BadInputException e) {
      throw new BadInputException(override.source() + ": " + e.getMessage(), e);
    }
  }
}
