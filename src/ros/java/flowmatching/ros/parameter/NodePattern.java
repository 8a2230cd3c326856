package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which nodes a section of a parameter file is for: a full name in which {@code *} stands for one part and {@code **} for any
 * number of them, none included.
 *
 * @param text the full name, beginning with a slash
 */
record NodePattern(String text) {
  private static final Pattern SYNTAX = Pattern.compile("(/(\\*\\*|\\*|[A-Za-z_][A-Za-z0-9_]*))+");

  /** @throws BadInputException where the text is no such pattern */
  NodePattern {
    if (!SYNTAX.matcher(text).matches()) {
      throw new BadInputException("'" + text + "' is no name of a node");
    }
  }

  /** A pattern below another, or at the top where {@code above} is empty. */
  static NodePattern below(String above, String key) {
    return new NodePattern(above + (key.startsWith("/") ? key : "/" + key));
  }

  boolean matches(String fullName) {
    return fullName.matches(parts().map(NodePattern::expression).collect(Collectors.joining()));
  }

  private Stream<String> parts() {
    return Arrays.stream(text.substring(1).split("/"));
  }

  private static String expression(String part) {
    return switch (part) {
      case "**" -> "(/\\w+)*";
      case "*" -> "/\\w+";
      default -> "/" + part;
    };
  }

  /** Whether it names one node. */
  boolean exact() {
    return text.indexOf('*') < 0;
  }

  /** The greater, the fewer nodes it is for: its names, less what stands for any number of them. */
  int precision() {
    return exact() ? Integer.MAX_VALUE : parts().mapToInt(part -> part.equals("**") ? -1 : part.equals("*") ? 0 : 1).sum();
  }
}
