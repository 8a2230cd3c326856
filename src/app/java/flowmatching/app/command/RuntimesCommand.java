package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.RecordedObservations;
import flowmatching.app.RuntimeTrial;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyProcessors;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.parameter.Parameters;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Lists the runtimes, why one cannot be used here, and which is the fastest that is exact enough. */
@Command(
    name = "runtimes",
    description = {
      "List the runtimes, which of them work here, and what the others need.",
      "With a policy and a data set: try each on recorded observations, tell how far its actions lie from float32's and how long they take, and name the "
          + "fastest that is near enough."
    })
public final class RuntimesCommand implements Callable<Integer> {
  /** The flags that listing has no use for. */
  private static final List<String> COMPARING = List.of("--observations", "--tolerance", "--threads", "--normalization", "--dataset.revision");

  @Spec private CommandSpec spec;

  @Option(names = PolicyFlags.FLAG, paramLabel = "DIR|NAME", description = "Checkpoint to try, of this machine or of the hub.")
  private String policy;

  @Mixin private DatasetFlags dataset;

  @Option(names = "--observations", paramLabel = "N", defaultValue = "8", description = "Recorded frames to try. Default: ${DEFAULT-VALUE}.")
  private int observations;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Greatest error: root mean square of the difference from float32, relative to it. Default: ${DEFAULT-VALUE}.")
  private double tolerance;

  @Option(names = "--threads", paramLabel = "N", description = "Threads of one inference. Default: every core.")
  private Integer threads;

  @Option(
      names = "--normalization",
      paramLabel = "MODE",
      defaultValue = "checkpoint",
      description = "checkpoint: use its statistics. none: feed the network the recorded values. Default: ${DEFAULT-VALUE}.")
  private String normalization;

  @Override
  public Integer call() {
    if (policy != null || dataset.given()) {
      compare();
    } else {
      list();
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  private void list() {
    ParseResult given = spec.commandLine().getParseResult();
    COMPARING.stream().filter(given::hasMatchedOption).findFirst().ifPresent(flag -> {
      throw new BadInputException(flag + ": expected " + PolicyFlags.FLAG + " and a data set beside it, found neither");
    });
    for (RuntimeProvider provider : Runtimes.all()) {
      Availability found = provider.probe();
      spec.commandLine().getOut()
          .printf(Locale.ROOT, "%-24s %-4s %s (%s)%n", provider.name(), found.usable() ? "yes" : "no", found.reason(), provider.description());
    }
  }

  private void compare() {
    if (policy == null) {
      throw new BadInputException(PolicyFlags.FLAG + ": expected a checkpoint beside the data set, found nothing");
    }
    if (observations < 1 || !(tolerance >= 0)) {
      throw new BadInputException("--observations, --tolerance: expected at least 1 and at least 0, found " + observations + " and " + tolerance);
    }
    boolean normalized = !Parameters.with(Map.of("normalization", normalization)).text("normalization").equals("none");
    RuntimeOptions machine = RuntimeOptions.defaults();
    RuntimeOptions options = threads == null ? machine : new RuntimeOptions(threads, machine.spinning());
    Path directory = HubAccess.checkpoint(PolicyFlags.FLAG, policy);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      PolicyProcessors processors = normalized ? PolicyProcessors.load(checkpoint.directory(), checkpoint.config()) : PolicyProcessors.none();
      print(RuntimeTrial.all(checkpoint, processors, options, recorded(PolicySpec.of(checkpoint.config()), processors)));
    }
  }

  /** Spread evenly over the data set. */
  private List<Observation> recorded(PolicySpec wanted, PolicyProcessors processors) {
    try (LeRobotDataset frames = LeRobotDataset.open(dataset.root(), DeltaTimestamps.actions(1))) {
      RecordedObservations source = new RecordedObservations(frames, wanted, processors);
      int all = frames.size();
      if (all == 0) {
        throw new BadInputException(frames.root() + ": expected recorded frames, found none");
      }
      int count = Math.min(observations, all);
      return IntStream.range(0, count).mapToObj(i -> source.observation(source.item((int) ((long) i * all / count)))).toList();
    }
  }

  private void print(List<RuntimeTrial> trials) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%-24s %10s %10s %10s%n", "runtime", "chunk ms", "error", "worst");
    for (RuntimeTrial trial : trials) {
      if (trial.reason() == null) {
        out.printf(Locale.ROOT, "%-24s %10.1f %10.1e %10.1e%n", trial.runtime(), trial.millis(), trial.error(), trial.worst());
      } else {
        out.printf(Locale.ROOT, "%-24s no: %s%n", trial.runtime(), trial.reason());
      }
    }
    RuntimeTrial.fastest(trials, tolerance).ifPresentOrElse(
        trial -> out.printf(Locale.ROOT, "%nfastest with an error of at most %s: --runtime=%s, on a node -p runtime:=%s%n", tolerance, trial.runtime(), trial.runtime()),
        () -> out.printf(Locale.ROOT, "%nno runtime has an error of at most %s%n", tolerance));
  }
}
