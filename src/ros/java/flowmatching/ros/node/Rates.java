package flowmatching.ros.node;

import java.util.LinkedHashMap;
import java.util.Map;

/** How often a second something was counted since the last time that somebody asked. */
final class Rates {
  private final Map<String, Long> last = new LinkedHashMap<>();
  private long lastTime;

  /**
   * The rates of counters, by the names of these; none the first time.
   *
   * @param now nanoseconds of a clock that never runs backwards
   */
  Map<String, Double> of(Map<String, Long> counters, long now) {
    Map<String, Double> rates = new LinkedHashMap<>();
    double seconds = (now - lastTime) * 1e-9;
    counters.forEach((name, count) -> {
      Long before = last.put(name, count);
      if (before != null && seconds > 0) {
        rates.put(name, (count - before) / seconds);
      }
    });
    lastTime = now;
    return rates;
  }
}
