package flowmatching.ros.node;

import flowmatching.control.Counters;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What became of the messages of one stream before they reached the controller. */
final class StreamCounters {
  private static final Logger LOG = LogManager.getLogger();

  private final String topic;
  private final boolean simulatedTime;
  private final AtomicLong refused;
  private final AtomicLong backwards;
  private long last = Long.MIN_VALUE;

  /** @param simulatedTime whether stamps go back with a clock that is set back, which is said once and not by each stream */
  StreamCounters(String stream, String topic, boolean simulatedTime, Counters counters) {
    this.topic = topic;
    this.simulatedTime = simulatedTime;
    refused = counters.named("stream." + stream + ".refused");
    backwards = counters.named("stream." + stream + ".stamp_backwards");
  }

  /** Counts a message that cannot be used. */
  void refused(String reason) {
    count(refused, reason);
  }

  /**
   * Looks at a message's stamp, nanoseconds. One that is earlier than the one before is counted and used all the same: it came
   * late, or its sender's clock was set back, and its age is judged anyway. Called on the graph's thread.
   */
  void stamped(long stamp) {
    if (stamp == 0) {
      return; // the sender sets none
    }
    if (stamp < last && simulatedTime) {
      backwards.incrementAndGet();
    } else if (stamp < last) {
      count(backwards, String.format(Locale.ROOT, "a stamp went back by %.3f s", (last - stamp) / 1e9));
    }
    last = stamp;
  }

  /** Counts, and says why the 1st, 2nd, 4th, 8th... time only: a broken sender must not fill a disk. */
  void count(AtomicLong counter, String reason) {
    long count = counter.incrementAndGet();
    if (Long.bitCount(count) == 1) {
      LOG.warn("{}: {} ({} so far)", topic, reason, count);
    }
  }
}
