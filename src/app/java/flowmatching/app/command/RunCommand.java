package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.report.HtmlReport;
import flowmatching.app.report.NodeReport;
import flowmatching.app.report.ReplayReport;
import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.app.robot.ReplayRun;
import flowmatching.app.robot.RobotRun;
import flowmatching.app.robot.Transport;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
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
      "--robot=replay is the built-in robot that replays episodes of --dataset.root; with --transport=auto others see it and the node too.",
      "Any other robot is described by a file (docs/robots.md) and reached over --transport; the node starts inactive unless -p autostart:=true."
    })
public final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LogManager.getLogger(RunCommand.class);
  private static final String POLICY = "policy_path";

  @Spec private CommandSpec spec;

  @Mixin private PolicyFlags policyFlags;

  @Mixin private NodeFlags nodeFlags;

  @Option(names = "--robot", paramLabel = "NAME|FILE", description = "replay, a robot file, or the name of one in config/robots.")
  private String robot;

  @Mixin private DatasetFlags datasetFlags;

  @Option(names = "--episode", paramLabel = "N", description = "Episode to play. Default: all.")
  private Integer episode;

  @Option(names = "--control.rate", paramLabel = "HZ", description = "Commands a second. Default: parameter control_rate.")
  private Double controlRate;

  @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report at the end: times and counters; of the replay also pictures and actions.")
  private Path report;

  @Override
  public Integer call() throws IOException {
    GraphNames names = nodeFlags.names("flowmatching");
    Map<String, Object> given = policyFlags.parameters();
    if (robot != null) {
      given.put("robot", robot);
    }
    if (controlRate != null) {
      given.put("control_rate", controlRate);
    }
    Map<String, Object> parameters = nodeFlags.parameters(names);
    given.putAll(parameters);
    String where = parameters.containsKey(POLICY) ? "parameter " + POLICY : PolicyFlags.FLAG;
    given.computeIfPresent(POLICY, (key, path) -> HubAccess.checkpoint(where, path.toString()).toString());
    if (!given.containsKey("robot")) {
      throw new BadInputException("--robot: expected replay, a robot file or the name of one in config/robots, found nothing");
    }
    if (given.get("robot").equals("replay")) {
      replay(names, given);
    } else {
      if (given.get("robot").equals(ClosedLoop.ARM)) {
        LOG.warn("robot {} is built in: nobody has its topics here; 'eval --robot={}' and 'demo' let a policy drive it", ClosedLoop.ARM, ClosedLoop.ARM);
      }
      given.put("robot", Home.robot(given.get("robot").toString(), "replay").toString());
      if (!given.containsKey(POLICY)) {
        policyFlags.path(); // says what is missing
      }
      WithoutEffect.refuse(spec, "expected --robot=replay beside it, found another robot", "--episode", "--dataset.root", "--dataset.repo_id", "--dataset.revision");
      runRobot(names, Parameters.with(given));
    }
    return 0;
  }

  private void runRobot(GraphNames names, Parameters parameters) throws IOException {
    RobotDescription description = RobotFile.read(Path.of(parameters.text("robot")));
    if (report != null) {
      HtmlReport.prepare(report);
    }
    LoadedPolicy policy = new FlowMatchingLoader().load(parameters);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("robot", parameters.text("robot"));
    facts.put("policy at the start", parameters.text(POLICY));
    facts.put("runtime at the start", policy.runtime());
    try (StopSignal signal = StopSignal.ofNode()) {
      long begin = System.nanoTime();
      RobotRun run = new RobotRun(join(names, parameters, policy), description, parameters, policy);
      try (run) {
        signal.onStop(run::stop);
        run.await();
        facts.put("state at the end", run.node().status());
        facts.put("seconds", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin));
      }
      if (report != null) { // the robot is at rest
        NodeReport.write(report, "flowmatching run", facts, run.node());
        sayWhereItIs();
      }
    }
  }

  private void sayWhereItIs() {
    spec.commandLine().getOut().println("report: " + report.toAbsolutePath());
    spec.commandLine().getOut().flush();
  }

  private RobotGraph join(GraphNames names, Parameters parameters, LoadedPolicy policy) {
    try {
      Transport transport = nodeFlags.transport(Transport.AUTO);
      if (transport == Transport.EMBEDDED) {
        throw new BadInputException("--transport: embedded reaches built-in robots only, found robot " + parameters.text("robot"));
      }
      return transport.open().join(names, parameters.bool("use_sim_time"));
    } catch (RuntimeException e) {
      policy.policy().close();
      throw e;
    }
  }

  private void replay(GraphNames names, Map<String, Object> given) throws IOException {
    if (report != null) {
      HtmlReport.prepare(report);
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(datasetFlags.root())) {
      run(dataset, episode == null ? dataset.episodes() : List.of(dataset.episode(episode)), names, given);
    }
  }

  private void run(LeRobotDataset dataset, List<Episode> episodes, GraphNames names, Map<String, Object> given) throws IOException {
    Parameters parameters = Parameters.with(given);
    Path checkpoint = given.containsKey(POLICY) ? Path.of(parameters.text(POLICY)) : policyFlags.path();
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint, FlowMatchingLoader.options(parameters));
    try (StopSignal signal = new StopSignal();
        ReplayRun run = new ReplayRun(
            dataset, policy, Replay.parameters(given, policy, dataset), nodeFlags.transport(Transport.EMBEDDED), names)) {
      signal.onStop(run::stop);
      Replay.play(run, episodes, "replay");
      Replay.summarise(run, spec.commandLine().getOut());
      if (report != null) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("policy", checkpoint);
        facts.put("data set", datasetFlags.root());
        facts.put("runtime", policy.runtime());
        ReplayReport.write(report, "flowmatching run", facts, run, dataset.info().fps());
        sayWhereItIs();
      }
    }
  }
}
