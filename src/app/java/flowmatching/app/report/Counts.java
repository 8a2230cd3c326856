package flowmatching.app.report;

import java.util.Map;
import java.util.TreeMap;

/** What a report says of a node's counters. */
final class Counts {
  private Counts() {}

  /** Adds them by name: those that counted something, and folded those that did not. */
  static void add(HtmlReport report, Map<String, Long> counters) {
    Map<String, Long> counted = new TreeMap<>(counters);
    counted.values().removeIf(count -> count == 0);
    Map<String, Long> others = new TreeMap<>(counters);
    others.values().removeIf(count -> count != 0);
    report.heading("Counters").paragraph("docs/topics.md says what each counts, under Diagnostics.").facts(counted);
    if (!others.isEmpty()) {
      report.folded(others.size() + " counters are 0", others);
    }
  }
}
