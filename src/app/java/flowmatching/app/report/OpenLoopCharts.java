package flowmatching.app.report;

import flowmatching.app.OpenLoopEvaluation;
import flowmatching.app.OpenLoopEvaluation.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Predicted actions beside recorded ones, in a report. */
public final class OpenLoopCharts {
  private OpenLoopCharts() {}

  public static void add(HtmlReport report, OpenLoopEvaluation evaluation) {
    List<String> names = evaluation.actionNames();
    for (Trace trace : evaluation.traces()) {
      report.heading("Predicted and recorded, episode " + trace.episode());
      if (trace.equals(evaluation.traces().get(0))) {
        report.paragraph("In the data set's units. Predicted: of each chunk what comes before the next.");
      }
      double[] seconds = IntStream.range(0, trace.recorded()[0].length).mapToDouble(frame -> frame / evaluation.fps()).toArray();
      List<Chart> charts = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        charts.add(Chart.lines(names.get(i), "s", "", seconds).line("recorded", trace.recorded()[i]).line("predicted", trace.predicted()[i]));
      }
      report.charts(charts);
    }
  }
}
