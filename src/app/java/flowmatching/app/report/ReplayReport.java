package flowmatching.app.report;

import flowmatching.app.robot.ReplayRecord;
import flowmatching.app.robot.ReplayRun;
import flowmatching.control.Latency;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The report of a replayed robot: pictures, actions, latencies, counters. */
public final class ReplayReport {
  private static final int BINS = 40;
  private static final double MICROSECONDS = 1e3;

  private ReplayReport() {}

  /**
   * @param warning what a reader must know first, null for nothing
   * @param facts policy, data set, runtime and so on
   */
  public static void write(Path file, String title, String warning, Map<String, Object> facts, ReplayRun run, double fps) throws IOException {
    HtmlReport report = new HtmlReport(title);
    if (warning != null) {
      report.warning(warning);
    }
    Map<String, Object> all = new LinkedHashMap<>(facts);
    all.put("frames replayed", run.record().frames());
    all.put("commands received by the robot", run.commands());
    report.facts(all);
    ReplayRecord record = run.record();
    if (!record.pictures().isEmpty()) {
      report.heading("Cameras").pictures(pictures(record));
    }
    report.heading("Actions").paragraph("Recorded, predicted by the newest chunk for that instant, and commanded to the robot.");
    report.charts(actions(record, fps));
    report.heading("Time").table(List.of("", "count", "p50 ms", "p90 ms", "p99 ms", "max ms"), percentiles(run.latencies()));
    report.charts(histograms(run.latencies()));
    report.heading("Counters").facts(run.counters());
    report.write(file);
  }

  private static Map<String, RgbImage> pictures(ReplayRecord record) {
    Map<String, RgbImage> pictures = new LinkedHashMap<>();
    record.pictures().forEach(p -> pictures.put(p.camera() + ", episode " + p.episode() + ", frame " + p.frame(), p.image()));
    return pictures;
  }

  private static List<Chart> actions(ReplayRecord record, double fps) {
    double[] seconds = new double[record.frames()];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = i / fps;
    }
    List<Chart> charts = new ArrayList<>();
    for (int i = 0; i < record.names().size(); i++) {
      Chart chart = Chart.lines(record.names().get(i), "s", "", seconds);
      charts.add(chart.line("recorded", record.recorded(i)).line("predicted", record.predicted(i)).dashed("commanded", record.commanded(i)));
    }
    return charts;
  }

  private static List<List<String>> percentiles(Map<String, Latency> latencies) {
    List<List<String>> rows = new ArrayList<>();
    latencies.forEach((name, latency) -> {
      Histogram h = latency.microseconds();
      List<String> row = new ArrayList<>(List.of(name.replace('_', ' '), String.valueOf(h.getTotalCount())));
      for (double percentile : new double[] {50, 90, 99, 100}) {
        row.add(h.getTotalCount() == 0 ? "-" : String.format("%.3f", h.getValueAtPercentile(percentile) / MICROSECONDS));
      }
      rows.add(row);
    });
    return rows;
  }

  private static List<Chart> histograms(Map<String, Latency> latencies) {
    List<Chart> charts = new ArrayList<>();
    latencies.forEach((name, latency) -> {
      Histogram h = latency.microseconds();
      if (h.getTotalCount() > 0) {
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
