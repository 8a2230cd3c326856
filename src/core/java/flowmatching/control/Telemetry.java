package flowmatching.control;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a controller counts and measures over its life, whichever policy it drives.
 *
 * @param counters everything that was dropped, refused or judged
 * @param chunkDuration what an inference took
 * @param observationAge how old the oldest sample of an observation was when its inference began
 * @param publishLateness how long after its deadline a tick was done; not recorded under simulated time
 * @param sequence number of the last chunk
 */
record Telemetry(Counters counters, Latency chunkDuration, Latency observationAge, Latency publishLateness, AtomicLong sequence) {
  Telemetry() {
    this(new Counters(), new Latency(), new Latency(), new Latency(), new AtomicLong());
  }

  /** The histograms by name. */
  Map<String, Latency> latencies() {
    Map<String, Latency> byName = new LinkedHashMap<>();
    byName.put("chunk_duration", chunkDuration);
    byName.put("observation_age", observationAge);
    byName.put("publish_lateness", publishLateness);
    return byName;
  }
}
