package flowmatching.ros.parameter;

import java.util.Map;

/** The table of docs/parameters.md, written from the definitions. */
public final class ParameterTable {
  private static final String HEAD = """
      # Parameters

      Written from `config/parameters.yaml`; change that file, not this one. Read-only parameters are given when the node starts.

      | Parameter | Type | Default | Allowed | Unit | Read-only | Meaning |
      | --- | --- | --- | --- | --- | --- | --- |
      """;

  private ParameterTable() {}

  /** The whole page in Markdown. */
  public static String markdown(Map<String, ParameterDefinition> definitions) {
    StringBuilder page = new StringBuilder(HEAD);
    for (ParameterDefinition definition : definitions.values()) {
      String value = definition.defaultValue().toString();
      page.append('|');
      cell(page, "`" + definition.name() + "`");
      cell(page, definition.type().toString());
      cell(page, value.isEmpty() ? "empty" : "`" + value + "`");
      cell(page, definition.range());
      cell(page, definition.unit());
      cell(page, definition.readOnly() ? "yes" : "");
      cell(page, definition.description());
      page.append('\n');
    }
    return page.toString();
  }

  private static void cell(StringBuilder page, String text) {
    String line = text.replace("|", "\\|").replaceAll("\\s+", " ");
    page.append(line.isEmpty() ? " |" : " " + line + " |");
  }
}
