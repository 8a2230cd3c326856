package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a policy on this machine. */
@Command(
    name = "bench",
    description = {
      "Measure inference here: a chunk (all cameras, conditioning, every step) and its parts, batch 1, medians after warm-up.",
      "--runtime also takes several, separated by commas, or all; they and --peers run in turn, each in a process of its own.",
      "A configuration is run with random weights: they cost the same."
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR|CONFIG", description = "A checkpoint's directory or a config.json.")
  private Path path;

  @Mixin private InferenceBench inference;
  @Mixin private ControlBench control;
  @Mixin private DatasetBench dataset;
  @Mixin private TrainingBench training;
  @Mixin private GpuBundle bundle;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (bundle.wanted()) {
      if (spec.commandLine().getParseResult().matchedArgs().size() > 1) {
        throw new BadInputException("--gpu-bundle: expected nothing beside it; packaging/bench-gpu.sh there takes a network and flags of bench");
      }
      return bundle.pack();
    }
    Optional<FlowMatchingConfig> random = Checkpoint.holds(path) ? Optional.empty() : Optional.of(ConfigSource.read(path));
    check(random.isPresent());
    try (Checkpoint checkpoint = random.isPresent() ? Checkpoint.temporary(random.get()) : Checkpoint.open(path)) {
      measure(checkpoint, random.isPresent());
    }
    return 0;
  }

  /** Before anything is measured: it takes minutes. */
  private void check(boolean random) {
    if (training.wanted()) {
      WithoutEffect.refuse(spec, "has no effect with --training", "--runs", "--peers", "--peers.device", "--growth", "--camera.width", "--camera.height", "--report",
          "--episodes", "--task");
      training.check();
    } else {
      WithoutEffect.refuse(spec, "expected --training beside it, found nothing", "--batch_size", "--policy.use_amp", "--policy.device");
      inference.check(random);
    }
    if (control.wanted()) {
      control.check();
      inference.runtime().requireOne("--control");
    }
    if (dataset.wanted()) {
      dataset.check();
    }
  }

  private void measure(Checkpoint checkpoint, boolean random) throws IOException, InterruptedException {
    ObjectNode node = new ObjectMapper().createObjectNode();
    StringBuilder text = new StringBuilder();
    if (training.wanted()) {
      training.measure(checkpoint, inference.runtime().options().threads(), node, text);
    } else {
      inference.measure(checkpoint, random, node, text);
    }
    if (control.wanted()) {
      control.measure(checkpoint, inference.runtime(), node, text);
    }
    if (dataset.wanted()) {
      dataset.measure(checkpoint.config().chunkLength(), node, text);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? node + "\n" : text);
    out.flush();
  }
}
