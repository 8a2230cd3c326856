package flowmatching.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.bench.Memory;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.training.TrainingBenchmark;
import flowmatching.training.torch.Compute;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The part of {@code bench} that times training steps. */
final class TrainingBench {
  private static final int WARM_UP = 2;

  @Option(
      names = "--training",
      paramLabel = "STEPS",
      description = "Measure so many training steps instead: loss, gradients, clipping, fused AdamW.")
  private Integer steps;

  @Option(
      names = "--batch_size",
      paramLabel = "N", defaultValue = "4", description = "Samples of a training step. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(names = "--policy.use_amp", description = "Train with matrix products in bfloat16.")
  private boolean reduced;

  @Option(
      names = "--policy.device",
      paramLabel = "NAME", defaultValue = "cpu", description = "cpu, cuda or cuda:N for training. Default: ${DEFAULT-VALUE}.")
  private String device;

  boolean wanted() {
    return steps != null;
  }

  void check() {
    if (steps < 1 || batchSize < 1) {
      throw new BadInputException("--training and --batch_size: expected at least 1, found " + steps + " and " + batchSize);
    }
  }

  /** Milliseconds of the steps; resident memory at its peak, and at the end against that after a tenth of the steps. */
  void measure(Checkpoint checkpoint, int threads, ObjectNode node, StringBuilder text) {
    long process = ProcessHandle.current().pid();
    Compute compute = new Compute(device, reduced ? Compute.Precision.BF16 : Compute.Precision.FP32, threads);
    try (TrainingBenchmark benchmark = new TrainingBenchmark(checkpoint, compute, batchSize)) {
      benchmark.run(WARM_UP);
      int early = Math.max(1, steps / 10);
      double[] millis = Arrays.copyOf(benchmark.run(early), steps);
      double before = Memory.residentMebibytes(process);
      System.arraycopy(benchmark.run(steps - early), 0, millis, early, steps - early);
      double after = Memory.residentMebibytes(process);
      Arrays.sort(millis);
      double median = millis[steps / 2];
      double peak = Memory.peakResidentMebibytes(process);
      node.put("training", benchmark.description()).put("batch_size", batchSize).put("training_step_ms", median);
      node.put("samples_per_second", batchSize / median * 1e3).put("peak_resident_mib", peak);
      node.put("resident_early_mib", before).put("resident_end_mib", after);
      text.append(String.format(Locale.ROOT, "training, %s, batch %d%n%-14s %12s %12s %12s%n", benchmark.description(), batchSize,
          "", "median ms", "min ms", "max ms"));
      text.append(String.format(Locale.ROOT, "%-14s %12.1f %12.1f %12.1f%n", "step", median, millis[0], millis[steps - 1]));
      text.append(String.format(Locale.ROOT, "%.2f samples/s; resident memory: peak %.0f MiB, after %d steps %.0f, after %d steps %.0f%n",
          batchSize / median * 1e3, peak, early, before, steps, after));
    }
  }
}
