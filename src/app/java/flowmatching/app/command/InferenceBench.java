package flowmatching.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.SuccessRate;
import flowmatching.app.bench.Comparison;
import flowmatching.app.bench.Entrant;
import flowmatching.app.bench.Growth;
import flowmatching.app.bench.OurEntrants;
import flowmatching.app.bench.PeerEntrants;
import flowmatching.app.bench.Row;
import flowmatching.app.report.BenchJson;
import flowmatching.app.report.BenchReport;
import flowmatching.app.report.BenchText;
import flowmatching.app.report.HtmlReport;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The part of {@code bench} that times inference. */
final class InferenceBench {
  private static final String PEER_SCRIPT = "src/testdata/tools/peer_latency.py";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Mixin private RuntimeFlags runtime;
  @Mixin private SuccessBench success;

  @Option(names = "--runs", paramLabel = "N", defaultValue = "10", description = "Measured runs of each. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--peers",
      paramLabel = "NAMES",
      description = "Run these in turn with the runtimes, with the Python of $$FLOWMATCHING_PYTHON, else python3: all, or some of pytorch, pytorch-bf16, "
          + "pytorch-compile, openvino-bf16, openvino-int8, python-onnxruntime, python-onnxruntime-int8.")
  private String peers;

  @Option(names = "--peers.device", paramLabel = "NAME", defaultValue = "cpu", description = "PyTorch's device. Default: ${DEFAULT-VALUE}.")
  private String peersDevice;

  @Option(
      names = "--growth",
      description = "Also measure how a chunk's time grows with cameras, steps, chunk length and hidden size, with random weights.")
  private boolean growth;

  @Option(names = "--camera.width", paramLabel = "N", defaultValue = "640", description = "Width of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraWidth;

  @Option(names = "--camera.height", paramLabel = "N", defaultValue = "480", description = "Height of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraHeight;

  @Option(names = "--report", paramLabel = "FILE", description = "Write an HTML report.")
  private Path report;

  RuntimeFlags runtime() {
    return runtime;
  }

  void check(boolean random) {
    success.check(random);
    if (runs < 1) {
      throw new BadInputException("--runs: expected at least 1, found " + runs);
    }
    if (cameraWidth < 1 || cameraHeight < 1) {
      throw new BadInputException("--camera.width and --camera.height: expected at least 1, found " + cameraWidth + " and " + cameraHeight);
    }
    if (peers == null) {
      WithoutEffect.refuse(command, "expected --peers beside it, found nothing", "--peers.device");
    }
  }

  /**
   * Lets the runtimes and peers run in turn.
   *
   * @param random whether the weights are, and go with the run
   */
  void measure(Checkpoint checkpoint, boolean random, ObjectNode node, StringBuilder text) throws IOException, InterruptedException {
    if (report != null) {
      HtmlReport.prepare(report);
    }
    int threads = runtime.options().threads();
    List<Entrant> entrants = entrants(random);
    List<String> runtimes = ours(random).of(runtime.name()).stream().map(Entrant::name).toList();
    Map<String, SuccessRate> successes = success.measure(checkpoint.directory(), runtimes, runtime.options());
    Optional<Entrant> machine = Optional.of(ours(random).ceiling());
    Comparison comparison;
    try (ProgressBar bar = Progress.bar("bench", Comparison.steps(entrants.size(), runs))) {
      comparison = Comparison.run(checkpoint.config(), checkpoint.directory(), entrants, runs, machine, bar::step);
    }
    if (comparison.rows().stream().noneMatch(Row::took)) {
      throw new BadInputException(comparison.rows().stream().map(row -> row.name() + ": " + row.absent()).collect(Collectors.joining("; ")));
    }
    node.put("threads", threads).put("runs", runs);
    BenchJson.add(comparison, node);
    text.append(BenchText.of(comparison));
    BenchJson.add(successes, node);
    text.append(BenchText.of(successes));
    List<Growth> grown = growth ? growth(checkpoint.config()) : List.of();
    if (growth) {
      BenchJson.add(grown, node);
      text.append(BenchText.of(grown));
    }
    if (report != null) {
      BenchReport.write(report, facts(checkpoint, random), comparison, successes, grown);
    }
  }

  private OurEntrants ours(boolean random) {
    return new OurEntrants(runtime.options(), cameraWidth, cameraHeight, random);
  }

  private List<Entrant> entrants(boolean random) {
    List<Entrant> entrants = new ArrayList<>(ours(random).of(runtime.name()));
    if (peers != null) {
      entrants.addAll(new PeerEntrants(Home.directory().resolve(PEER_SCRIPT), peersDevice, runtime.options().threads()).of(peers));
    }
    return entrants;
  }

  private List<Growth> growth(FlowMatchingConfig config) throws IOException {
    try (ProgressBar bar = Progress.bar("growth", Growth.steps(config))) {
      return Growth.run(config, entrants(true), runs, bar::step);
    }
  }

  private Map<String, Object> facts(Checkpoint checkpoint, boolean random) throws IOException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("policy", random ? "random weights" : checkpoint.directory());
    facts.put("parameters", String.format(Locale.ROOT, "%,d", new ModelSummary(checkpoint.config()).parameters()));
    facts.put("cameras", checkpoint.config().cameras().size());
    facts.put("machine", processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors");
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java " + System.getProperty("java.version"));
    facts.put("threads", runtime.options().threads());
    facts.put("rounds", runs);
    return facts;
  }

  private static String processor() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    List<String> lines = Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    return lines.stream().filter(line -> line.startsWith("model name")).map(line -> line.replaceAll(".*: ", "")).findFirst().orElse("processor not told");
  }
}
