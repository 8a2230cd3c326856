package flowmatching.ros.node;

import flowmatching.control.ControllerStatus;
import flowmatching.control.Latency;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.DiagnosticStatus;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.KeyValue;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Says how a node is, in the form that {@code /diagnostics} carries.
 *
 * @param node full name of the node
 * @param robot name of the robot
 * @param runtime what runs the policy
 */
record NodeDiagnostics(String node, String robot, String runtime) {
  private static final double[] PERCENTILES = {50, 90, 99};

  /** One report; {@code now} in nanoseconds of the graph's clock. */
  DiagnosticArray report(long now, ControllerStatus status, Map<String, Long> counters, Map<String, Latency> latencies) {
    List<KeyValue> values = new ArrayList<>();
    values.add(new KeyValue("state", status.state().name().toLowerCase(Locale.ROOT)));
    values.add(new KeyValue("reason", status.reason()));
    values.add(new KeyValue("runtime", runtime));
    counters.forEach((name, count) -> values.add(new KeyValue(name, count.toString())));
    latencies.forEach((name, latency) -> addPercentiles(values, name, latency.microseconds()));
    String message = status.state().sentence() + " " + status.reason();
    DiagnosticStatus all = new DiagnosticStatus(level(status), node + ": policy", message, robot, values);
    return new DiagnosticArray(new Header(Time.ofNanoseconds(now), ""), List.of(all));
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

  private static byte level(ControllerStatus status) {
    if (status.latched()) {
      return DiagnosticStatus.ERROR;
    }
    return switch (status.state()) {
      case ACTIVE, INACTIVE -> DiagnosticStatus.OK;
      case UNCONFIGURED, HOLDING, STOPPING -> DiagnosticStatus.WARN;
      case ERROR -> DiagnosticStatus.ERROR;
    };
  }
}
