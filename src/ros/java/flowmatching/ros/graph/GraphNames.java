package flowmatching.ros.graph;

import flowmatching.BadInputException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A node's name and how it resolves others, by the rules of ROS: {@code name} is in the node's namespace, {@code /name} stands
 * for itself, {@code ~/name} is below the node. The first remapping that matches the result replaces it.
 *
 * @param namespace absolute, {@code /} where there is none
 * @param node the node's own name, without slashes
 * @param remaps {@code from:=to} or {@code node:from:=to}, where {@code from} and {@code to} are names of the three kinds
 */
public record GraphNames(String namespace, String node, List<String> remaps) {
  private static final Pattern NAMESPACE = Pattern.compile("/|(/[A-Za-z_][A-Za-z0-9_]*)+");
  private static final Pattern NODE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern NAME = Pattern.compile("(~?/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*");

  /** @throws BadInputException where a name or rule is not valid, naming it */
  public GraphNames {
    check("node name", node, NODE);
    check("namespace", namespace, NAMESPACE);
    remaps = List.copyOf(remaps);
    for (String rule : remaps) {
      check("remapping", rule, Pattern.compile("(" + NODE + ":)?" + NAME + ":=" + NAME));
    }
  }

  /** Names without remappings. */
  public static GraphNames of(String namespace, String node) {
    return new GraphNames(namespace, node, List.of());
  }

  /** Namespace and node, for example {@code /robot/policy}. */
  public String fullName() {
    return namespace.equals("/") ? "/" + node : namespace + "/" + node;
  }

  /**
   * The absolute name, with remappings applied.
   *
   * @throws BadInputException where {@code name} is not a valid name of a topic or service
   */
  public String resolve(String name) {
    check("name", name, NAME);
    String absolute = expand(name);
    for (String rule : remaps) {
      String[] sides = rule.split(":=");
      int prefix = sides[0].indexOf(':');
      boolean forThisNode = prefix < 0 || sides[0].substring(0, prefix).equals(node);
      if (forThisNode && expand(sides[0].substring(prefix + 1)).equals(absolute)) {
        return expand(sides[1]);
      }
    }
    return absolute;
  }

  private String expand(String name) {
    if (name.startsWith("~")) {
      return fullName() + name.substring(1);
    }
    return name.startsWith("/") ? name : (namespace.equals("/") ? "/" : namespace + "/") + name;
  }

  private static void check(String what, String value, Pattern pattern) {
    if (!pattern.matcher(value).matches()) {
      throw new BadInputException("ROS " + what + " is not valid: '" + value + "'");
    }
  }
}
