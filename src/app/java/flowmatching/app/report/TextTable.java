package flowmatching.app.report;

import java.util.ArrayList;
import java.util.List;

/** A table of aligned columns for a terminal. Columns whose cells are all numbers, sizes or {@code -} stand to the right. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** @param headers one a column */
  public TextTable(String... headers) {
    rows.add(List.of(headers));
  }

  /** Adds a row of as many cells as there are headers. Characters that could be an order to the terminal are shown as {@code ?}. */
  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell).replaceAll("\\p{Cntrl}", "?"));
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        line.append(padded(row.get(column), column)).append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private String padded(String cell, int column) {
    int width = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    String padding = " ".repeat(width - cell.length());
    boolean right = rows.stream().skip(1).allMatch(row -> row.get(column).matches("-|-?[0-9.].*"));
    return right ? padding + cell : cell + padding;
  }
}
