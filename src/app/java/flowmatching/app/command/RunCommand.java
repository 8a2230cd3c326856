package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.report.HtmlReport;
import flowmatching.app.report.ReplayReport;
import flowmatching.app.robot.ReplayRun;
import flowmatching.app.robot.RobotRun;
import flowmatching.app.robot.Transport;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.PolicyParameters;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
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
      "--robot=replay is the built-in robot that replays episodes of --dataset.root on the embedded graph.",
      "Any other robot is described by a file (docs/robots.md) and reached over --transport; it starts inactive unless -p autostart:=true."
    })
public final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PolicyFlags policyFlags;

  @Option(names = "--robot", required = true, paramLabel = "NAME|FILE", description = "replay, a robot file, or the name of one in config/robots.")
  private String robot;

  @Option(names = "--transport", paramLabel = "NAME", defaultValue = "dds", description = "How a robot is reached: dds. Default: ${DEFAULT-VALUE}.")
  private String transport;

  @Option(names = "--namespace", paramLabel = "NAME", defaultValue = "/", description = "The node's namespace. Default: ${DEFAULT-VALUE}.")
  private String namespace;

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
    Map<String, Object> given = policyFlags.parameters();
    given.put("robot", robot);
    if (controlRate != null) {
      given.put("control_rate", controlRate);
    }
    given.putAll(ParameterFlags.parse(parameterFlags));
    if (robot.equals("replay")) {
      replay(given);
    } else {
      runRobot(Parameters.with(given));
    }
    return 0;
  }

  private void runRobot(Parameters parameters) {
    RobotDescription description = RobotFile.read(Home.robot(robot));
    Transport how = Transport.parse(transport);
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(policyFlags.path(), PolicyParameters.options(parameters));
    try (StopSignal signal = new StopSignal();
        RobotRun run = new RobotRun(join(how, parameters, policy), description, parameters, policy)) {
      signal.onStop(run::stop);
      run.await();
    }
  }

  private RobotGraph join(Transport how, Parameters parameters, FlowMatchingPolicy policy) {
    try {
      return how.join(GraphNames.of(namespace, "flowmatching"), parameters.bool("use_sim_time"));
    } catch (RuntimeException e) {
      policy.close();
      throw e;
    }
  }

  private void replay(Map<String, Object> given) throws IOException {
    if (datasetRoot == null) {
      throw new BadInputException("--robot=replay needs --dataset.root");
    }
    if (report != null) {
      HtmlReport.prepare(report);
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(datasetRoot)) {
      run(dataset, episode == null ? dataset.episodes() : List.of(dataset.episode(episode)), given);
    }
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
