package flowmatching.app.report;

import flowmatching.app.robot.ReplayRecord;
import flowmatching.app.robot.ReplayRun;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report of a replayed robot: pictures, actions, latencies, counters. */
public final class ReplayReport {
  private ReplayReport() {}

  /**
   * @param facts policy, data set, runtime and so on
   */
  public static void write(Path file, String title, Map<String, Object> facts, ReplayRun run, double fps) throws IOException {
    HtmlReport report = new HtmlReport(title);
    Map<String, Object> all = new LinkedHashMap<>(facts);
    all.put("frames replayed", run.record().frames());
    all.put("commands received by the robot", run.commands());
    report.facts(all);
    ReplayRecord record = run.record();
    if (!record.pictures().isEmpty()) {
      report.heading("Cameras").pictures(pictures(record));
    }
    report.heading("Actions").paragraph("Recorded, predicted by the newest chunk for that instant, and commanded to the robot, in the data set's units.");
    report.charts(actions(record, fps));
    Latencies.add(report, run.latencies());
    Counts.add(report, run.counters());
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
}
