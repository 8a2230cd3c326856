package flowmatching.app.report;

import flowmatching.app.SuccessRate;
import flowmatching.app.arm.ArmTrials;
import flowmatching.app.arm.ArmTrials.Film;
import flowmatching.app.arm.ArmWorld;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report of episodes of the built-in arm: moving pictures, commands, latencies, counters. */
public final class ArmReport {
  private static final List<String> JOINTS = List.of("shoulder", "elbow");

  private ArmReport() {}

  /**
   * @param facts policy, runtime and so on
   * @param films of the first episodes, or of all
   */
  public static void write(Path file, String title, Map<String, Object> facts, List<Film> films, SuccessRate rate, ArmTrials trials)
      throws IOException {
    HtmlReport report = new HtmlReport(title).paragraph(rate + ".").facts(facts);
    report.heading(films.size() < rate.episodes() ? "The first " + films.size() + " episodes" : "Episodes").films(pictures(films), ArmWorld.RATE);
    report.heading("Joints of episode 0").charts(joints(films.get(0)));
    Latencies.add(report, trials.latencies());
    Counts.add(report, trials.counters());
    report.write(file);
  }

  private static Map<String, List<RgbImage>> pictures(List<Film> films) {
    Map<String, List<RgbImage>> pictures = new LinkedHashMap<>();
    for (int i = 0; i < films.size(); i++) {
      Film film = films.get(i);
      pictures.put("episode " + i + ": " + (film.trial().success() ? "success" : "failure") + " after " + film.trial().steps() + " steps", film.pictures());
    }
    return pictures;
  }

  private static List<Chart> joints(Film film) {
    double[] seconds = new double[film.joints().size()];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = (double) i / ArmWorld.RATE;
    }
    List<Chart> charts = new ArrayList<>();
    for (int i = 0; i < JOINTS.size(); i++) {
      charts.add(Chart.lines(JOINTS.get(i), "s", "rad", seconds).line("joint", column(film.joints(), i)).dashed("commanded", column(film.commands(), i)));
    }
    return charts;
  }

  private static double[] column(List<double[]> rows, int index) {
    return rows.stream().mapToDouble(row -> row[index]).toArray();
  }
}
