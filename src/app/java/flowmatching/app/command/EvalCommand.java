package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.OpenLoopError;
import flowmatching.app.OpenLoopEvaluation;
import flowmatching.app.report.Chart;
import flowmatching.app.report.HtmlReport;
import flowmatching.app.report.OpenLoopCharts;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How far the policy's actions lie from recorded ones. */
@Command(
    name = "eval",
    description = {
      "Compare predicted actions with recorded ones (open loop), or count the successes of a simulated arm that the policy drives (closed loop).",
      "Open loop: root mean square error by dimension and by place in the chunk. Steps past an episode's end are left out.",
      "Closed loop, with --robot: the policy drives the built-in arm in lock step, or the arm in Gazebo, through the node."
    })
public final class EvalCommand implements Callable<Integer> {
  private static final int TRACED_EPISODES = 2;

  @Spec private CommandSpec spec;

  @Mixin private PolicyFlags policyFlags;
  @Mixin private DatasetFlags datasetFlags;

  @Mixin private ClosedLoop closedLoop;

  @Option(names = "--dataset.episodes", paramLabel = "N", split = ",", description = "Episodes, separated by commas. Default: all.")
  private List<Integer> episodes;

  @Option(names = "--stride", paramLabel = "N", description = "Frames between predictions. Default: half the chunk.")
  private Integer stride;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Observations that are predicted for at once; more is a little faster. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report.")
  private Path report;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (closedLoop.wanted()) {
      WithoutEffect.refuse(spec, "has no effect with --robot", "--dataset.root", "--dataset.repo_id", "--dataset.revision", "--dataset.episodes", "--stride",
          "--batch", "--report");
      closedLoop.check();
      PrintWriter out = spec.commandLine().getOut();
      out.println(closedLoop.run(policyFlags.load(), policyFlags.seed().orElse(0), policyFlags.parameters(), json));
      out.flush();
      return 0;
    }
    WithoutEffect.refuse(spec, "expected --robot beside it, found nothing", "--task", "--episodes", "--transport");
    if (report != null) {
      HtmlReport.prepare(report);
    }
    try (FlowMatchingPolicy policy = policyFlags.load(batch);
        LeRobotDataset dataset = LeRobotDataset.open(datasetFlags.root(), DeltaTimestamps.actions(policy.spec().chunkLength()))) {
      int every = stride == null ? Math.max(1, policy.spec().chunkLength() / 2) : stride;
      if (every < 1) {
        throw new BadInputException("--stride: expected at least 1, found " + every);
      }
      OpenLoopEvaluation evaluation = measure(policy, dataset, every);
      if (json) {
        spec.commandLine().getOut().println(toJson(evaluation));
      } else {
        print(evaluation);
      }
      spec.commandLine().getOut().flush();
      if (report != null) {
        writeReport(evaluation, policy);
      }
    }
    return 0;
  }

  private OpenLoopEvaluation measure(FlowMatchingPolicy policy, LeRobotDataset dataset, int every) {
    List<Episode> chosen = episodes == null ? dataset.episodes() : episodes.stream().map(dataset::episode).toList();
    try (ProgressBar bar = Progress.bar("eval", OpenLoopEvaluation.predictions(chosen, every))) {
      return OpenLoopEvaluation.run(policy, dataset, chosen, every, report == null ? 0 : TRACED_EPISODES, bar::step);
    }
  }

  private void print(OpenLoopEvaluation evaluation) {
    OpenLoopError error = evaluation.error();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%-24s %12s%n", "dimension", "RMSE");
    double[] byDimension = error.byDimension();
    for (int i = 0; i < byDimension.length; i++) {
      out.printf(Locale.ROOT, "%-24s %12.6f%n", evaluation.actionNames().get(i), byDimension[i]);
    }
    out.printf(Locale.ROOT, "%n%-24s %12s%n", "step of the chunk", "RMSE");
    double[] byStep = error.byStep();
    for (int step = 0; step < byStep.length; step += Math.max(1, byStep.length / 10)) {
      out.printf(Locale.ROOT, "%-24d %12.6f%n", step, byStep[step]);
    }
    out.printf(Locale.ROOT, "%nall %,d actions: RMSE %.6f%n", error.count(), error.total());
  }

  private static String toJson(OpenLoopEvaluation evaluation) {
    OpenLoopError error = evaluation.error();
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("actions", error.count()).put("rmse", error.total());
    ObjectNode byDimension = node.putObject("rmse_by_dimension");
    double[] errors = error.byDimension();
    for (int i = 0; i < errors.length; i++) {
      byDimension.put(evaluation.actionNames().get(i), errors[i]);
    }
    ArrayNode byStep = node.putArray("rmse_by_step");
    Arrays.stream(error.byStep()).forEach(e -> {
      if (Double.isFinite(e)) {
        byStep.add(e);
      } else {
        byStep.addNull();
      }
    });
    return node.toString();
  }

  private void writeReport(OpenLoopEvaluation evaluation, FlowMatchingPolicy policy) throws IOException {
    OpenLoopError error = evaluation.error();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("policy", policyFlags.path());
    facts.put("data set", datasetFlags.root());
    facts.put("runtime", policy.runtime());
    facts.put("actions compared", error.count());
    facts.put("RMSE", String.format(Locale.ROOT, "%.6f", error.total()));
    List<List<String>> rows = new ArrayList<>();
    double[] byDimension = error.byDimension();
    for (int i = 0; i < byDimension.length; i++) {
      rows.add(List.of(evaluation.actionNames().get(i), String.format(Locale.ROOT, "%.6f", byDimension[i])));
    }
    double[] steps = IntStream.range(0, policy.spec().chunkLength()).asDoubleStream().toArray();
    HtmlReport page = new HtmlReport("flowmatching eval")
        .facts(facts)
        .heading("Error by dimension")
        .table(List.of("dimension", "RMSE"), rows)
        .heading("Error by place in the chunk")
        .charts(List.of(Chart.lines("RMSE by step", "step of the chunk", "RMSE", steps).line("RMSE", error.byStep())));
    OpenLoopCharts.add(page, evaluation);
    page.write(report);
    spec.commandLine().getErr().println("report: " + report.toAbsolutePath());
  }
}
