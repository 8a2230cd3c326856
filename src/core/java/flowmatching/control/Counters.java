package flowmatching.control;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Named counts of everything that was dropped, refused or judged. A counter is looked up once and then counts without a lock. */
public final class Counters {
  private final Map<String, AtomicLong> byName = new LinkedHashMap<>();

  /** The counter of that name, made at 0 where it is new. */
  public synchronized AtomicLong named(String name) {
    return byName.computeIfAbsent(name, key -> new AtomicLong());
  }

  /** All counts by name, in the order in which the counters were made. */
  public synchronized Map<String, Long> snapshot() {
    Map<String, Long> counts = new LinkedHashMap<>();
    byName.forEach((name, counter) -> counts.put(name, counter.get()));
    return counts;
  }
}
