package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.report.RobotCheckJson;
import flowmatching.app.report.RobotCheckText;
import flowmatching.app.robot.TrainingSource;
import flowmatching.app.robot.Transport;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.check.Finding;
import flowmatching.ros.check.Finding.Level;
import flowmatching.ros.check.RobotCheck;
import flowmatching.ros.check.RobotListener;
import flowmatching.ros.check.RobotObservation;
import flowmatching.ros.check.TrainingData;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Listens to a robot and says whether it is as its file says. */
@Command(
    name = "check-robot",
    description = {
      "Listen to a robot and say what to change before a policy runs on it: topics, types, quality of service, rates, pictures, joints, "
          + "clocks, controllers; with --policy.path or --dataset.root also units and where the robot stands. No command is ever sent.",
      "Exit code 1: something needs attention. Ctrl-C ends it early, with a report of what was seen."
    })
public final class CheckRobotCommand implements Callable<Integer> {
  private static final String POLICY = "policy_path";
  private static final double LONGEST_SECONDS = 3600;

  @Spec private CommandSpec spec;

  @Option(names = "--robot", paramLabel = "NAME|FILE", description = "A robot file (docs/robots.md), or the name of one in config/robots.")
  private String robot;

  @Option(names = PolicyFlags.FLAG, paramLabel = "DIR|NAME", description = "Checkpoint of the policy that is to run, a directory or a model of the hub: compare robot and robot file with it.")
  private String policyPath;

  /** What the policy was trained on: statistics and names to compare with. Where there is none, the policy's statistics. */
  @Mixin private DatasetFlags dataset;

  @Option(names = "--duration", paramLabel = "S", defaultValue = "5", description = "Seconds to listen, at most 3600. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private NodeFlags nodeFlags;

  @Override
  public Integer call() {
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
      throw new BadInputException("--duration: expected more than 0 and at most 3600 seconds, found " + seconds);
    }
    GraphNames names = nodeFlags.names("check_robot");
    Map<String, Object> given = nodeFlags.parameters(names);
    if (robot != null) {
      given.put("robot", robot);
    }
    if (policyPath != null) {
      given.put(POLICY, policyPath);
    }
    String where = policyPath == null ? "parameter " + POLICY : PolicyFlags.FLAG;
    given.computeIfPresent(POLICY, (key, path) -> policyPath == null && path.toString().isEmpty() ? path : HubAccess.checkpoint(where, path.toString()).toString());
    return check(names, Parameters.with(given));
  }

  private int check(GraphNames names, Parameters parameters) {
    RobotDescription description = RobotFile.read(file(parameters.text("robot")));
    Optional<Path> policy = Optional.of(parameters.text(POLICY)).filter(path -> !path.isEmpty()).map(Path::of);
    Optional<PolicySpec> wanted = policy.map(TrainingSource::policy);
    Optional<TrainingData> training = Optional.of(dataset).filter(DatasetFlags::given).map(DatasetFlags::root).map(TrainingSource::ofDataset)
        .or(() -> policy.map(TrainingSource::ofPolicy));
    Duration maxAge = Duration.ofNanos((long) (parameters.number("max_age_ms") * 1e6));
    try (StopSignal signal = new StopSignal()) {
      return report(new RobotCheck(description, observe(signal, names, parameters, description), maxAge, wanted, training));
    }
  }

  private int report(RobotCheck check) {
    List<Finding> findings = check.findings();
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? RobotCheckJson.of(check, findings).toPrettyString() : RobotCheckText.of(check, findings).stripTrailing());
    out.flush();
    return findings.stream().anyMatch(finding -> finding.level() == Level.ATTENTION) ? 1 : 0;
  }

  private static Path file(String robot) {
    if (robot.isEmpty() || robot.equals("replay")) {
      throw new BadInputException("--robot: expected a robot file or the name of one in config/robots, found "
          + (robot.isEmpty() ? "nothing" : "the built-in robot 'replay'"));
    }
    return Home.robot(robot);
  }

  private RobotObservation observe(StopSignal signal, GraphNames names, Parameters parameters, RobotDescription description) {
    Transport transport = nodeFlags.transport(Transport.AUTO);
    if (transport == Transport.EMBEDDED) {
      throw new BadInputException("--transport: embedded reaches what this process brings itself, and check-robot brings nothing");
    }
    try (RobotGraph graph = transport.open().join(names, parameters.bool("use_sim_time"));
        RobotListener listener = new RobotListener(graph, description);
        ProgressBar bar = Progress.bar("listening", (long) Math.ceil(seconds))) {
      signal.onStop(listener::stop);
      listener.listen(Duration.ofNanos((long) (seconds * 1e9)), passed -> bar.stepTo((long) passed));
      return listener.observation();
    }
  }
}
