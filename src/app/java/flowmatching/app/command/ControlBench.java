package flowmatching.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.bench.ControlBenchmark;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Option;

/** The part of {@code bench} that times the control loop. */
final class ControlBench {
  @Option(
      names = "--control",
      paramLabel = "SECONDS",
      description = "Also measure the control loop at 200 Hz for so long while inference runs without a pause, beside a bare loop.")
  private Integer seconds;

  boolean wanted() {
    return seconds != null;
  }

  void check() {
    if (seconds < 1) {
      throw new BadInputException("--control: expected at least 1 second, found " + seconds);
    }
  }

  void measure(Checkpoint checkpoint, RuntimeFlags runtime, ObjectNode node, StringBuilder text) throws InterruptedException {
    PolicyOptions options = PolicyOptions.defaults().withRuntime(runtime.name()).withMachine(runtime.options()).withoutNormalization();
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint.directory(), options);
    ControlBenchmark.Result result = new ControlBenchmark(policy).run(seconds);
    text.append(String.format(Locale.ROOT, "%ncontrol loop, 200 Hz, %d chunks meanwhile%n%-14s %10s %10s %10s%n", result.chunks(), "lateness us", "p50", "p99", "max"));
    lateness("bare", result.bare(), node, text);
    lateness("control", result.control(), node, text);
    text.append(String.format(Locale.ROOT, "p99 ratio %.2f; gaps over two periods %d (bare %d), longest %.2f ms%nJava heap a tick: %.2f bytes in the median second, %d bytes in all%n",
        result.p99Ratio(), result.gaps(), result.bareGaps(), result.longestGap(), result.bytesPerTick(), result.bytes()));
    node.put("lateness_p99_ratio", result.p99Ratio()).put("gaps_over_two_periods", result.gaps()).put("bare_gaps_over_two_periods", result.bareGaps());
    node.put("longest_gap_ms", result.longestGap()).put("heap_bytes_per_tick", result.bytesPerTick());
  }

  private static void lateness(String name, Histogram h, ObjectNode node, StringBuilder text) {
    text.append(String.format(Locale.ROOT, "%-14s %10d %10d %10d%n", name, h.getValueAtPercentile(50), h.getValueAtPercentile(99), h.getMaxValue()));
    node.put(name + "_lateness_p50_us", h.getValueAtPercentile(50)).put(name + "_lateness_p99_us", h.getValueAtPercentile(99));
  }
}
