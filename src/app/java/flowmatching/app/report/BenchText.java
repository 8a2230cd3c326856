package flowmatching.app.report;

import flowmatching.app.SuccessRate;
import flowmatching.app.bench.Ceiling;
import flowmatching.app.bench.Comparison;
import flowmatching.app.bench.Growth;
import flowmatching.app.bench.Row;
import flowmatching.model.ModelSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code bench} measured, as tables of words for a terminal and for the page. */
public final class BenchText {
  /** Parts that this package's own runtimes tell. */
  private static final List<String> PARTS = List.of("vision", "conditioning", "velocity", "observation");

  private BenchText() {}

  /** A table's cells, header first. */
  record Cells(List<String> header, List<List<String>> rows) {
    @Override
    public String toString() {
      TextTable table = new TextTable(header.toArray(new String[0]));
      rows.forEach(row -> table.row(row.toArray()));
      return table.toString();
    }
  }

  /** Both tables and the ceiling. */
  public static String of(Comparison comparison) {
    return chunks(comparison) + "\n" + parts(comparison) + "\n" + ceiling(comparison) + "\n";
  }

  /** Successes in closed loop; nothing where none were counted. */
  public static String of(Map<String, SuccessRate> successes) {
    return successes.isEmpty() ? "" : "\n" + cells(successes);
  }

  static Cells cells(Map<String, SuccessRate> successes) {
    List<List<String>> rows = new ArrayList<>();
    successes.forEach((runtime, rate) -> rows.add(List.of(runtime, String.valueOf(rate.successes()), String.valueOf(rate.episodes()),
        number("%.1f", 100 * rate.rate()), number("%.1f", 100 * rate.low()), number("%.1f", 100 * rate.high()))));
    return new Cells(List.of("closed loop", "succeeded", "episodes", "%", "95% from", "to"), rows);
  }

  /** The growth of each size. */
  public static String of(List<Growth> all) {
    StringBuilder text = new StringBuilder();
    all.forEach(growth -> text.append('\n').append(cells(growth)));
    return text.toString();
  }

  /** A chunk's time, memory and error, a line a contestant; who is absent says why. */
  static Cells chunks(Comparison comparison) {
    List<List<String>> rows = new ArrayList<>();
    for (Row row : comparison.rows()) {
      double bound = comparison.roofline(row);
      rows.add(List.of(
          row.name(), number("%.1f", row.median(Row.CHUNK)), number("%.1f", row.min(Row.CHUNK)), number("%.1f", row.percentile90(Row.CHUNK)),
          number("%.2f", row.took() ? comparison.ratio(row) : Double.NaN), number("%.1e", comparison.error(row)), number("%.0f", row.took() ? row.firstChunkMillis() : Double.NaN),
          number("%.0f", row.took() ? row.peakResidentMebibytes() : Double.NaN), number("%.1f", bound), number("%.0f%%", 100 * bound / row.median(Row.CHUNK)),
          row.took() ? row.description() : "did not take part: " + row.absent()));
    }
    return new Cells(
        List.of("chunk", "median ms", "min ms", "p90 ms", "ratio", "error", "first ms", "peak MiB", "roofline ms", "of it", "what it is"), rows);
  }

  /** The parts of a chunk, for contestants that tell them. */
  static Cells parts(Comparison comparison) {
    List<String> header = new ArrayList<>(List.of("parts, medians"));
    PARTS.forEach(part -> header.add(part + " ms"));
    header.add("heap bytes");
    List<List<String>> rows = new ArrayList<>();
    for (Row row : comparison.rows()) {
      if (row.samples().containsKey("velocity_ms")) {
        List<String> cells = new ArrayList<>(List.of(row.name()));
        PARTS.forEach(part -> cells.add(number("%.3f", row.median(part + "_ms"))));
        cells.add(number("%.0f", row.median("heap_bytes")));
        rows.add(cells);
      }
    }
    return new Cells(header, rows);
  }

  /** What the machine can do, in a sentence. */
  static String ceiling(Comparison comparison) {
    Ceiling ceiling = comparison.ceiling();
    double gigaflops = new ModelSummary(comparison.config()).flopsPerChunk() / 1e9;
    return String.format(Locale.ROOT,
        "A chunk has %.1f GFLOP. The best this machine gave: %.0f GFLOP/s in float32, %.0f with 16 bits%s, %.0f with 8, %.1f GB/s read from memory.",
        gigaflops, ceiling.float32(), ceiling.half(), ceiling.halfIsMeasured() ? "" : " (an estimate)", ceiling.int8(), ceiling.memory());
  }

  static Cells cells(Growth growth) {
    List<String> header = new ArrayList<>(List.of(growth.size(), "GFLOP"));
    growth.comparisons().get(0).rows().forEach(row -> header.add(row.name() + " ms"));
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < growth.values().size(); i++) {
      Comparison comparison = growth.comparisons().get(i);
      List<String> cells = new ArrayList<>(List.of(
          String.valueOf(growth.values().get(i)), number("%.1f", new ModelSummary(comparison.config()).flopsPerChunk() / 1e9)));
      comparison.rows().forEach(row -> cells.add(number("%.1f", row.median(Row.CHUNK))));
      rows.add(cells);
    }
    return new Cells(header, rows);
  }

  private static String number(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
  }
}
