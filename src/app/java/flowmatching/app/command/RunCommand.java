package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.report.HtmlReport;
import flowmatching.app.report.ReplayReport;
import flowmatching.app.robot.ReplayRun;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.node.PolicyParameters;
import flowmatching.ros.parameter.Parameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the policy node. */
@Command(
    name = "run",
    description = {
      "Run the policy node: subscribe to cameras and joint states, publish commands at control rate.",
      "--robot=replay is the built-in robot that replays episodes of --dataset.root on the embedded graph."
    })
public final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PolicyFlags policyFlags;

  @Option(names = "--robot", required = true, paramLabel = "NAME", description = "replay.")
  private String robot;

  @Option(names = "--dataset.root", paramLabel = "DIR", description = "What the replayed robot plays: a LeRobotDataset (v3.0 or v2.1).")
  private Path datasetRoot;

  @Option(names = "--episode", paramLabel = "N", description = "Episode to play. Default: all.")
  private Integer episode;

  @Option(names = "--control.rate", paramLabel = "HZ", description = "Commands a second. Default: parameter control_rate.")
  private Double controlRate;

  @Option(names = "-p", paramLabel = "NAME:=VALUE", description = "A parameter of the node (docs/parameters.md); may be given again.")
  private List<String> parameterFlags = List.of();

  @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report at the end.")
  private Path report;

  @Override
  public Integer call() throws IOException {
    if (!robot.equals("replay")) {
      throw new BadInputException("--robot: expected replay, found '" + robot + "'");
    }
    if (datasetRoot == null) {
      throw new BadInputException("--robot=replay needs --dataset.root");
    }
    if (report != null) {
      HtmlReport.prepare(report);
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(datasetRoot)) {
      List<Episode> episodes = episode == null ? dataset.episodes() : List.of(dataset.episode(episode));
      Map<String, Object> given = policyFlags.parameters();
      given.put("robot", robot);
      if (controlRate != null) {
        given.put("control_rate", controlRate);
      }
      given.putAll(ParameterFlags.parse(parameterFlags));
      run(dataset, episodes, given);
    }
    return 0;
  }

  private void run(LeRobotDataset dataset, List<Episode> episodes, Map<String, Object> given) throws IOException {
    Parameters parameters = Parameters.with(given);
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(policyFlags.path(), PolicyParameters.options(parameters));
    try (StopSignal signal = new StopSignal(); ReplayRun run = new ReplayRun(dataset, policy, Replay.parameters(given, policy, dataset))) {
      signal.onStop(run::stop);
      Replay.play(run, episodes, "replay");
      Replay.summarise(run, spec.commandLine().getOut());
      if (report != null) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("policy", policyFlags.path());
        facts.put("data set", datasetRoot);
        facts.put("runtime", policy.runtime());
        ReplayReport.write(report, "flowmatching run", null, facts, run, dataset.info().fps());
        spec.commandLine().getOut().println("report: " + report.toAbsolutePath());
        spec.commandLine().getOut().flush();
      }
    }
  }
}
