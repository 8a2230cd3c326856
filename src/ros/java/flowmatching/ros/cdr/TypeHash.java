package flowmatching.ros.cdr;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeSet;

/**
 * The hash that ROS (from Iron on) gives a type, by which peers see whether they mean the same fields.
 *
 * <p>It is SHA-256 over the type's description in JSON, as ROS Enhancement Proposal 2016 defines it: names and types of the
 * fields, then the same for every type they refer to, sorted by name; no constants, defaults or comments.
 */
public final class TypeHash {
  /** What an interface without fields carries: C allows no empty structure. */
  private static final String PLACEHOLDER = "structure_needs_at_least_one_member";

  private TypeHash() {}

  /**
   * The hash of an interface, for example {@code RIHS01_df668c...}.
   *
   * @param name full name; of a service {@code pkg/srv/Name_Request} or {@code pkg/srv/Name_Response}
   * @throws IllegalStateException where the table of interfaces has no such name
   */
  public static String of(String name) {
    TreeSet<String> referenced = new TreeSet<>();
    collect(name, referenced);
    StringBuilder json = new StringBuilder("{\"type_description\": ");
    describe(json, name);
    json.append(", \"referenced_type_descriptions\": [");
    String separator = "";
    for (String other : referenced) {
      json.append(separator);
      describe(json, other);
      separator = ", ";
    }
    return "RIHS01_" + HexFormat.of().formatHex(sha256(json.append("]}").toString()));
  }

  private static void collect(String name, TreeSet<String> referenced) {
    for (InterfaceDefinition.Field field : InterfaceDefinition.of(name).fields()) {
      if (field.type().nested() && referenced.add(field.type().base())) {
        collect(field.type().base(), referenced);
      }
    }
  }

  private static void describe(StringBuilder json, String name) {
    json.append("{\"type_name\": \"").append(name).append("\", \"fields\": [");
    String separator = "";
    for (InterfaceDefinition.Field field : InterfaceDefinition.of(name).fields()) {
      FieldType type = field.type();
      json.append(separator);
      describe(json, field.name(), type.id(), type.capacity(), type.stringBound(), type.nested() ? type.base() : "");
      separator = ", ";
    }
    if (InterfaceDefinition.of(name).fields().isEmpty()) {
      describe(json, PLACEHOLDER, Primitive.UINT8.id, 0, 0, "");
    }
    json.append("]}");
  }

  private static void describe(StringBuilder json, String field, int id, int capacity, int stringCapacity, String nested) {
    json.append("{\"name\": \"").append(field)
        .append("\", \"type\": {\"type_id\": ").append(id)
        .append(", \"capacity\": ").append(capacity)
        .append(", \"string_capacity\": ").append(stringCapacity)
        .append(", \"nested_type_name\": \"").append(nested).append("\"}}");
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
