package flowmatching.app.report;

import flowmatching.control.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What a report says of a node's times. */
final class Latencies {
  private static final int BINS = 40;
  private static final double MICROSECONDS = 1e3;

  private Latencies() {}

  /** Adds percentiles and distributions of what was measured. */
  static void add(HtmlReport report, Map<String, Latency> latencies) {
    List<List<String>> rows = percentiles(latencies);
    report.heading("Time");
    if (rows.isEmpty()) {
      report.paragraph("No chunk was predicted and no command sent.");
    } else {
      report.table(List.of("", "count", "p50 ms", "p90 ms", "p99 ms", "max ms"), rows).charts(histograms(latencies));
    }
  }

  private static List<List<String>> percentiles(Map<String, Latency> latencies) {
    List<List<String>> rows = new ArrayList<>();
    latencies.forEach((name, latency) -> {
      Histogram h = latency.microseconds();
      if (h.getTotalCount() == 0) {
        return;
      }
      List<String> row = new ArrayList<>(List.of(name.replace('_', ' '), String.valueOf(h.getTotalCount())));
      for (double percentile : new double[] {50, 90, 99, 100}) {
        row.add(String.format(Locale.ROOT, "%.3f", h.getValueAtPercentile(percentile) / MICROSECONDS));
      }
      rows.add(row);
    });
    return rows;
  }

  private static List<Chart> histograms(Map<String, Latency> latencies) {
    List<Chart> charts = new ArrayList<>();
    latencies.forEach((name, latency) -> {
      Histogram h = latency.microseconds();
      if (h.getMaxValue() > 0) { // in lock step all ages are 0
        charts.add(histogram(name.replace('_', ' '), h));
      }
    });
    return charts;
  }

  private static Chart histogram(String name, Histogram h) {
    // Up to the 99th percentile: one late outlier would squeeze everything else into one bar. The table shows the maximum.
    long step = Math.max(1, (h.getValueAtPercentile(99) + BINS) / BINS);
    double[] millis = new double[BINS];
    double[] counts = new double[BINS];
    for (int i = 0; i < BINS; i++) {
      millis[i] = (i + 0.5) * step / MICROSECONDS;
      counts[i] = h.getCountBetweenValues(i * step, (i + 1) * step - 1);
    }
    return Chart.bars(name, "ms", "count", millis).line("count", counts);
  }
}
