package flowmatching.app.command;

import flowmatching.app.robot.ReplayRun;
import flowmatching.control.Latency;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.parameter.Parameters;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import org.HdrHistogram.Histogram;

/** A replay in the terminal: progress and a summary. */
final class Replay {
  private Replay() {}

  /** The node's parameters; where neither they nor the checkpoint know the action rate, it is the data set's. */
  static Parameters parameters(Map<String, Object> given, FlowMatchingPolicy policy, LeRobotDataset dataset) {
    Map<String, Object> all = new LinkedHashMap<>(given);
    if (policy.config().fps().isEmpty()) {
      all.putIfAbsent("action_rate", dataset.info().fps());
    }
    return Parameters.with(all);
  }

  /** Plays to the end, or until it is stopped. */
  static void play(ReplayRun run, List<Episode> episodes, String task) {
    try (ProgressBar bar = Progress.bar(task, episodes.stream().mapToInt(Episode::length).sum())) {
      run.play(episodes, state -> {
        bar.setExtraMessage(state);
        bar.step();
      });
    }
  }

  static void print(String name, Latency latency, PrintWriter out) {
    Histogram h = latency.microseconds();
    if (h.getTotalCount() > 0) {
      out.printf(Locale.ROOT, "%-18s p50 %9.3f ms   p99 %9.3f ms   n %d%n", name.replace('_', ' '), h.getValueAtPercentile(50) / 1e3,
          h.getValueAtPercentile(99) / 1e3, h.getTotalCount());
    }
  }

  static void summarise(ReplayRun run, PrintWriter out) {
    out.printf(Locale.ROOT, "%d frames replayed, %d commands received%n", run.record().frames(), run.commands());
    run.latencies().forEach((name, latency) -> print(name, latency, out));
    run.counters().forEach((name, count) -> {
      if (count != 0) {
        out.printf(Locale.ROOT, "%-46s %d%n", name, count);
      }
    });
    out.flush();
  }
}
