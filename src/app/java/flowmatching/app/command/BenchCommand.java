package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.Benchmark.Result;
import flowmatching.app.Benchmark;
import flowmatching.app.ControlBenchmark;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
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
  private static final int ITEMS = 2000;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR|CONFIG", description = "A checkpoint's directory or a config.json.")
  private Path path;

  @Option(names = "--runs", paramLabel = "N", defaultValue = "10", description = "Measured runs of each. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--camera.width", paramLabel = "N", defaultValue = "640", description = "Width of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraWidth;

  @Option(names = "--camera.height", paramLabel = "N", defaultValue = "480", description = "Height of the robot's pictures. Default: ${DEFAULT-VALUE}.")
  private int cameraHeight;

  @Option(
      names = "--control",
      paramLabel = "SECONDS",
      description = "Also measure the control loop at 200 Hz for so long while inference runs without a pause, beside a bare loop.")
  private Integer controlSeconds;

  @Option(names = "--dataset.root", paramLabel = "DIR", description = "Also measure items a second of this data set, with windows of a chunk.")
  private Path datasetRoot;

  @Mixin private TrainingBench training;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private RuntimeFlags runtime;

  @Override
  public Integer call() throws InterruptedException {
    if (runs < 1 || cameraWidth < 1 || cameraHeight < 1 || !training.valid()) {
      throw new BadInputException("--runs, --training, --batch_size and the camera's size: expected at least 1");
    }
    try (Checkpoint checkpoint = Checkpoint.holds(path) ? Checkpoint.open(path) : Checkpoint.temporary(ConfigSource.read(path))) {
      measure(checkpoint);
    }
    return 0;
  }

  private void measure(Checkpoint checkpoint) throws InterruptedException {
    ObjectNode node = new ObjectMapper().createObjectNode();
    StringBuilder text = new StringBuilder();
    if (training.wanted()) {
      training.measure(checkpoint, runtime.options().threads(), node, text);
    } else {
      inference(checkpoint, node, text);
    }
    if (controlSeconds != null) {
      control(checkpoint, node, text);
    }
    if (datasetRoot != null) {
      dataset(checkpoint.config().chunkLength(), node, text);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? node + "\n" : text);
    out.flush();
  }

  private void inference(Checkpoint checkpoint, ObjectNode node, StringBuilder text) {
    try (Benchmark benchmark = new Benchmark(checkpoint, runtime.name(), runtime.options(), cameraWidth, cameraHeight)) {
      List<Result> results = benchmark.run(runs);
      long heap = benchmark.heapBytesPerChunk();
      node.put("runtime", benchmark.description()).put("threads", runtime.options().threads()).put("cameras", checkpoint.config().cameras().size());
      text.append(benchmark.description()).append('\n');
      text.append(String.format("%-14s %12s %12s %12s%n", "", "median ms", "min ms", "max ms"));
      for (Result result : results) {
        node.put(result.name() + "_ms", result.medianMillis());
        text.append(String.format("%-14s %12.3f %12.3f %12.3f%n", result.name(), result.medianMillis(), result.minMillis(), result.maxMillis()));
      }
      double resident = Benchmark.peakResidentMebibytes();
      node.put("heap_bytes_per_chunk", heap).put("first_chunk_ms", benchmark.firstChunkMillis()).put("peak_resident_mib", resident);
      text.append(String.format("Java heap a chunk: %,d bytes; process start to first chunk: %,d ms; peak resident memory: %.0f MiB%n",
          heap, benchmark.firstChunkMillis(), resident));
    }
  }

  private void control(Checkpoint checkpoint, ObjectNode node, StringBuilder text) throws InterruptedException {
    PolicyOptions options = PolicyOptions.defaults().withRuntime(runtime.name()).withMachine(runtime.options()).withoutNormalization();
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint.directory(), options);
    ControlBenchmark.Result result = new ControlBenchmark(policy).run(controlSeconds);
    text.append(String.format("%ncontrol loop, 200 Hz, %d chunks meanwhile%n%-14s %10s %10s %10s%n", result.chunks(), "lateness us", "p50", "p99", "max"));
    lateness("bare", result.bare(), node, text);
    lateness("control", result.control(), node, text);
    text.append(String.format("p99 ratio %.2f; gaps over two periods %d (bare %d), longest %.2f ms%nJava heap a tick: %.2f bytes in the median second, %d bytes in all%n",
        result.p99Ratio(), result.gaps(), result.bareGaps(), result.longestGap(), result.bytesPerTick(), result.bytes()));
    node.put("lateness_p99_ratio", result.p99Ratio()).put("gaps_over_two_periods", result.gaps()).put("bare_gaps_over_two_periods", result.bareGaps());
    node.put("longest_gap_ms", result.longestGap()).put("heap_bytes_per_tick", result.bytesPerTick());
  }

  private static void lateness(String name, Histogram h, ObjectNode node, StringBuilder text) {
    text.append(String.format("%-14s %10d %10d %10d%n", name, h.getValueAtPercentile(50), h.getValueAtPercentile(99), h.getMaxValue()));
    node.put(name + "_lateness_p50_us", h.getValueAtPercentile(50)).put(name + "_lateness_p99_us", h.getValueAtPercentile(99));
  }

  private void dataset(int steps, ObjectNode node, StringBuilder text) {
    try (LeRobotDataset dataset = LeRobotDataset.open(datasetRoot, DeltaTimestamps.actions(steps))) {
      Random random = new Random(0);
      for (boolean sequential : new boolean[] {true, false}) {
        String name = sequential ? "sequential" : "random";
        int count = Math.min(ITEMS, dataset.size());
        double[] rates = new double[3];
        for (int run = 0; run < rates.length; run++) {
          long start = System.nanoTime();
          for (int i = 0; i < count; i++) {
            dataset.item(sequential ? i : random.nextInt(dataset.size()));
          }
          rates[run] = count / ((System.nanoTime() - start) / 1e9);
        }
        Arrays.sort(rates);
        node.put(name + "_items_per_second", rates[1]);
        text.append(String.format("data set, %s: %.0f items/s%n", name, rates[1]));
      }
    }
  }
}
