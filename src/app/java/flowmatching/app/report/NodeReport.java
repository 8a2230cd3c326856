package flowmatching.app.report;

import flowmatching.ros.node.PolicyNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The report of a node on a robot's topics: what it ran, latencies, counters. */
public final class NodeReport {
  private NodeReport() {}

  /** @param facts robot, policy, runtime and so on */
  public static void write(Path file, String title, Map<String, ?> facts, PolicyNode node) throws IOException {
    HtmlReport report = new HtmlReport(title).facts(facts);
    Latencies.add(report, node.latencies());
    Counts.add(report, node.counters());
    report.write(file);
  }
}
