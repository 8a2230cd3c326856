package flowmatching.ros.cdr;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a ROS interface carries. The table of all of them is {@code interfaces.txt}.
 *
 * @param name full name, for example {@code std_msgs/msg/Header} or {@code std_srvs/srv/Trigger_Response}
 * @param fields in the order of the wire
 */
record InterfaceDefinition(String name, List<Field> fields) {
  /**
   * One field.
   *
   * @param name as ROS writes it
   * @param type what it carries
   */
  record Field(String name, FieldType type) {}

  private static final String TABLE = "interfaces.txt";
  private static final Map<String, InterfaceDefinition> ALL = load();

  /** @throws IllegalStateException where the table has no such interface */
  static InterfaceDefinition of(String name) {
    InterfaceDefinition definition = ALL.get(name);
    if (definition == null) {
      throw new IllegalStateException("no interface " + name + " in " + TABLE);
    }
    return definition;
  }

  /** The names of all interfaces in the table. */
  static List<String> names() {
    return ALL.keySet().stream().sorted().toList();
  }

  private static Map<String, InterfaceDefinition> load() {
    Map<String, InterfaceDefinition> all = new HashMap<>();
    String name = null;
    List<Field> fields = new ArrayList<>();
    for (String line : text().lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList()) {
      if (!line.startsWith(" ")) {
        name = line.contains("/srv/") ? line + "_Request" : line;
        fields = define(all, name);
      } else if (line.isBlank() || line.strip().equals("---")) {
        name = name.replace("_Request", "_Response");
        fields = define(all, name);
      } else {
        String[] words = line.strip().split(" ");
        fields.add(new Field(words[1], FieldType.parse(words[0])));
      }
    }
    return all;
  }

  private static List<Field> define(Map<String, InterfaceDefinition> all, String name) {
    List<Field> fields = new ArrayList<>();
    all.put(name, new InterfaceDefinition(name, fields));
    return fields;
  }

  private static String text() {
    try (InputStream in = InterfaceDefinition.class.getResourceAsStream(TABLE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
