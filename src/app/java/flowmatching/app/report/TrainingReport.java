package flowmatching.app.report;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.app.OpenLoopEvaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report of a training run: curves from its metrics, and what the policy predicts on episodes that were held back. */
public final class TrainingReport {
  /** Its name in a run's directory. */
  public static final String NAME = "report.html";

  private static final Map<String, String> CURVES = new LinkedHashMap<>();

  static {
    CURVES.put("loss", "loss");
    CURVES.put("lr", "learning rate");
    CURVES.put("grad_norm", "norm of the gradient");
    CURVES.put("samples_per_s", "samples a second");
    CURVES.put("dataloading_s", "waiting for data, seconds a step");
    CURVES.put("eval_rmse", "open-loop error on held-back episodes, RMSE");
  }

  private TrainingReport() {}

  /**
   * @param facts about the run
   * @param metrics lines of metrics.jsonl
   * @param evaluation the last one, null for none
   */
  public static void write(Path directory, Map<String, Object> facts, List<JsonNode> metrics, OpenLoopEvaluation evaluation) throws IOException {
    HtmlReport report = new HtmlReport("flowmatching train").facts(facts).heading("Curves");
    List<Chart> charts = new ArrayList<>();
    CURVES.forEach((key, title) -> {
      List<JsonNode> with = metrics.stream().filter(line -> line.path(key).isNumber()).toList();
      if (!with.isEmpty()) {
        double[] steps = with.stream().mapToDouble(line -> line.path("step").doubleValue()).toArray();
        charts.add(Chart.lines(title, "step", "", steps).line(key, with.stream().mapToDouble(line -> line.path(key).doubleValue()).toArray()));
      }
    });
    report.charts(charts);
    if (evaluation != null) {
      OpenLoopCharts.add(report, evaluation);
    }
    report.write(directory.resolve(NAME));
  }
}
