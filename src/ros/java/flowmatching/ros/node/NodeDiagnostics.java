package flowmatching.ros.node;

import flowmatching.control.ControllerStatus;
import flowmatching.control.Latency;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.DiagnosticStatus;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.KeyValue;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Says how a node is, in the form that {@code /diagnostics} carries. For one thread at a time. */
final class NodeDiagnostics {
  private static final double[] PERCENTILES = {50, 90, 99};
  private static final String RECEIVED = ".received";

  private final String node;
  private final String robot;
  private final Rates rates = new Rates();

  /**
   * @param node full name of the node
   * @param robot name of the robot
   */
  NodeDiagnostics(String node, String robot) {
    this.node = node;
    this.robot = robot;
  }

  /**
   * One report.
   *
   * @param now nanoseconds of the graph's clock
   * @param facts what else there is to say, by name
   */
  DiagnosticArray report(
      long now, Health health, ControllerStatus status, Map<String, String> facts, Map<String, Long> counters,
      Map<String, Latency> latencies) {
    List<KeyValue> values = new ArrayList<>();
    values.add(new KeyValue("state", status.state().name().toLowerCase(Locale.ROOT)));
    values.add(new KeyValue("reason", status.reason()));
    facts.forEach((name, fact) -> values.add(new KeyValue(name, fact)));
    rates.of(counted(counters, latencies), System.nanoTime())
        .forEach((name, rate) -> values.add(new KeyValue(name, String.format(Locale.ROOT, "%.2f", rate))));
    counters.forEach((name, count) -> values.add(new KeyValue(name, count.toString())));
    latencies.forEach((name, latency) -> addPercentiles(values, name, latency.microseconds()));
    DiagnosticStatus all = new DiagnosticStatus(health.level(), node + ": policy", health.message(), robot, values);
    return new DiagnosticArray(new Header(Time.ofNanoseconds(now), ""), List.of(all));
  }

  /** What is worth a rate, by the name of the rate: commands, chunks and the messages of each stream. */
  private static Map<String, Long> counted(Map<String, Long> counters, Map<String, Latency> latencies) {
    Map<String, Long> counted = new LinkedHashMap<>();
    counted.put("command.rate_hz", counters.getOrDefault("command.published", 0L));
    Latency chunks = latencies.get("chunk_duration");
    counted.put("chunk.rate_hz", chunks == null ? 0L : chunks.microseconds().getTotalCount());
    counters.forEach((name, count) -> {
      if (name.startsWith("stream.") && name.endsWith(RECEIVED)) {
        String stream = name.substring(0, name.length() - RECEIVED.length());
        counted.put(stream + ".rate_hz", count + counters.getOrDefault(stream + ".overtaken", 0L));
      }
    });
    return counted;
  }

  private static void addPercentiles(List<KeyValue> values, String name, Histogram microseconds) {
    if (microseconds.getTotalCount() == 0) {
      return;
    }
    for (double percentile : PERCENTILES) {
      values.add(milliseconds(name + ".p" + (int) percentile + "_ms", microseconds.getValueAtPercentile(percentile)));
    }
    values.add(milliseconds(name + ".max_ms", microseconds.getMaxValue()));
  }

  private static KeyValue milliseconds(String key, long microseconds) {
    return new KeyValue(key, String.format(Locale.ROOT, "%.3f", microseconds / 1000.0));
  }
}
