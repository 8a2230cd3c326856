package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.Benchmark;
import flowmatching.app.Benchmark.Result;
import flowmatching.checkpoint.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
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
      "Measure inference here: vision (one camera), conditioning, velocity (one evaluation), chunk (all of it), observation (pictures to input).",
      "Medians after warm-up, batch 1. A configuration is run with random weights: they cost the same."
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR|CONFIG", description = "A checkpoint's directory or a config.json.")
  private Path path;

  @Option(names = "--runs", paramLabel = "N", defaultValue = "10", description = "Measured runs of each. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--camera.width", paramLabel = "N", defaultValue = "640", description = "Width of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraWidth;

  @Option(names = "--camera.height", paramLabel = "N", defaultValue = "480", description = "Height of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraHeight;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private RuntimeFlags runtime;

  @Override
  public Integer call() {
    if (runs < 1 || cameraWidth < 1 || cameraHeight < 1) {
      throw new BadInputException("--runs and the camera's size: expected at least 1");
    }
    try (Checkpoint checkpoint = Checkpoint.holds(path) ? Checkpoint.open(path) : Checkpoint.temporary(ConfigSource.read(path))) {
      measure(checkpoint);
    }
    return 0;
  }

  private void measure(Checkpoint checkpoint) {
    PrintWriter out = spec.commandLine().getOut();
    try (Benchmark benchmark = new Benchmark(checkpoint, runtime.name(), runtime.options(), cameraWidth, cameraHeight)) {
      List<Result> results = benchmark.run(runs);
      if (json) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("runtime", benchmark.description()).put("threads", runtime.options().threads()).put("cameras", checkpoint.config().cameras().size());
        results.forEach(result -> node.put(result.name() + "_ms", result.medianMillis()));
        node.put("heap_bytes_per_chunk", benchmark.heapBytesPerChunk());
        out.println(node);
      } else {
        out.println(benchmark.description());
        out.printf("%-14s %12s %12s %12s%n", "", "median ms", "min ms", "max ms");
        for (Result result : results) {
          out.printf("%-14s %12.3f %12.3f %12.3f%n", result.name(), result.medianMillis(), result.minMillis(), result.maxMillis());
        }
        out.printf("Java heap a chunk: %,d bytes%n", benchmark.heapBytesPerChunk());
      }
      out.flush();
    }
  }
}
