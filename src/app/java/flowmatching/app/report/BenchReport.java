package flowmatching.app.report;

import flowmatching.app.SuccessRate;
import flowmatching.app.bench.Comparison;
import flowmatching.app.bench.Growth;
import flowmatching.app.bench.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The page of {@code bench}: its tables, every round, and how time grows. */
public final class BenchReport {
  private BenchReport() {}

  /**
   * @param facts about machine and run
   * @param successes in closed loop; may be empty
   * @param growth may be empty
   */
  public static void write(Path file, Map<String, Object> facts, Comparison comparison, Map<String, SuccessRate> successes, List<Growth> growth)
      throws IOException {
    HtmlReport page = new HtmlReport("flowmatching bench").facts(facts).heading("A chunk");
    table(page, BenchText.chunks(comparison));
    page.paragraph(BenchText.ceiling(comparison));
    page.paragraph("ratio: to the median of " + comparison.base().map(Row::name).orElse("nobody")
        + ". error: of the chunk, relative, against float32 on the same weights. first: from the start of the process to the first chunk. "
        + "roofline: the shortest time that the machine's products and memory allow, weights read from memory for every evaluation.");
    page.charts(List.of(medians(comparison), rounds(comparison)));
    page.heading("Its parts");
    table(page, BenchText.parts(comparison));
    if (!successes.isEmpty()) {
      page.heading("Closed loop");
      table(page, BenchText.cells(successes));
    }
    if (!growth.isEmpty()) {
      page.heading("How a chunk's time grows");
      growth.forEach(series -> table(page, BenchText.cells(series)));
      page.charts(growth.stream().map(BenchReport::chart).toList());
    }
    page.write(file);
  }

  private static void table(HtmlReport page, BenchText.Cells cells) {
    page.table(cells.header(), cells.rows());
  }

  private static List<Row> present(Comparison comparison) {
    return comparison.rows().stream().filter(Row::took).toList();
  }

  private static Chart medians(Comparison comparison) {
    List<Row> rows = present(comparison);
    double[] x = IntStream.rangeClosed(1, rows.size()).asDoubleStream().toArray();
    Chart chart = Chart.bars("chunk, median", "contestant, by its row", "ms", x);
    return chart.line("ms", rows.stream().mapToDouble(row -> row.median(Row.CHUNK)).toArray());
  }

  /** Every round: what meets all at once is the machine. */
  private static Chart rounds(Comparison comparison) {
    List<Row> rows = present(comparison);
    int rounds = rows.stream().mapToInt(row -> row.samples().get(Row.CHUNK).length).max().orElse(0);
    Chart chart = Chart.lines("chunk, every round", "round", "ms", IntStream.rangeClosed(1, rounds).asDoubleStream().toArray());
    rows.forEach(row -> chart.line(row.name(), row.samples().get(Row.CHUNK)));
    return chart;
  }

  private static Chart chart(Growth growth) {
    double[] x = growth.values().stream().mapToDouble(Integer::doubleValue).toArray();
    Chart chart = Chart.lines("chunk by " + growth.size(), growth.size(), "ms", x);
    List<Comparison> all = growth.comparisons();
    for (int i = 0; i < all.get(0).rows().size(); i++) {
      int contestant = i;
      List<Double> medians = new ArrayList<>();
      all.forEach(comparison -> medians.add(comparison.rows().get(contestant).median(Row.CHUNK)));
      chart.line(all.get(0).rows().get(i).name(), medians.stream().mapToDouble(Double::doubleValue).toArray());
    }
    return chart;
  }
}
