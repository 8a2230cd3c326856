package flowmatching.app.command;

import flowmatching.app.report.HtmlReport;
import flowmatching.app.report.ReplayReport;
import flowmatching.app.robot.ReplayRun;
import flowmatching.app.robot.Transport;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.policy.ProcessorFiles;
import flowmatching.ros.graph.GraphNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole pipeline on bundled data. */
@Command(
    name = "demo",
    description = {
      "Run the whole pipeline on bundled data: a robot replays recorded episodes, the policy node predicts chunks and sends commands.",
      "Ends by itself after about 20 seconds and leaves an HTML report."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final String UNTRAINED =
      "Untrained weights: the policy of this demo is random, so its actions mean nothing. Everything around it is real.";

  private static final GraphNames NAMES = GraphNames.of("/", "flowmatching");

  @Spec private CommandSpec spec;

  @Option(names = "--report", paramLabel = "FILE", defaultValue = "flowmatching-report.html", description = "Where the report goes. Default: ${DEFAULT-VALUE}.")
  private Path report;

  @Option(names = "--control.rate", paramLabel = "HZ", defaultValue = "50", description = "Commands a second. Default: ${DEFAULT-VALUE}.")
  private double controlRate;

  @Mixin private RuntimeFlags runtime;

  @Override
  public Integer call() throws IOException {
    HtmlReport.prepare(report);
    Path demo = Home.directory().resolve("models/demo");
    PrintWriter out = spec.commandLine().getOut();
    Path checkpoint = Files.createTempDirectory("flowmatching-demo-");
    try (LeRobotDataset dataset = LeRobotDataset.open(demo.resolve("dataset"))) {
      FlowMatchingConfig config = ConfigSource.read(demo.resolve("config.json"));
      Checkpoint.create(checkpoint, config, 0);
      ProcessorFiles.write(checkpoint, config, dataset.statistics().byFeature());
      PolicyOptions options = PolicyOptions.defaults().withRuntime(runtime.name()).withMachine(runtime.options()).withSeed(0);
      FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint, options);
      out.println("policy node on the embedded graph: " + policy.runtime());
      out.flush();
      Map<String, Object> given = new LinkedHashMap<>(Map.of("control_rate", controlRate, "policy_path", "models/demo"));
      try (StopSignal signal = new StopSignal();
          ReplayRun run = new ReplayRun(dataset, policy, Replay.parameters(given, policy, dataset), Transport.EMBEDDED, NAMES)) {
        signal.onStop(run::stop);
        Replay.play(run, dataset.episodes(), "demo");
        Replay.summarise(run, out);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("policy", "models/demo/config.json");
        facts.put("data set", "models/demo/dataset (LeRobotDataset " + dataset.info().version() + ")");
        facts.put("runtime", policy.runtime());
        facts.put("control rate, Hz", controlRate);
        ReplayReport.write(report, "flowmatching demo", UNTRAINED, facts, run, dataset.info().fps());
        out.println("report: " + report.toAbsolutePath());
        out.flush();
      }
    } finally {
      delete(checkpoint);
    }
    return 0;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
