package flowmatching.ros.check;

import flowmatching.BadInputException;
import flowmatching.ros.graph.GraphClock;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.Time;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Listens to a topic and times what comes. */
final class StreamWatch {
  private static final Logger LOG = LogManager.getLogger(StreamWatch.class);
  private static final double SECOND = 1e9;
  /** What waits while the listening thread is held up, so that bursts are counted whole. */
  private static final int DEPTH = 50;

  private final String topic;
  private final String type;
  private final GraphClock clock;
  private final Subscription subscription;
  private long messages;
  private long first;
  private long last;
  private OptionalLong lastTime = OptionalLong.empty();
  private double squares;
  private double longestGap;
  private long unstamped;
  private long backwards;
  private long lastStamp = Long.MIN_VALUE;
  private double leastAge = Double.NaN;
  private double greatestAge = Double.NaN;

  /**
   * Begins to listen.
   *
   * @param stamp of a message, looked at once for each on the graph's thread; what it does besides may take a message apart
   * @throws BadInputException where the topic's name is not valid
   */
  <M> StreamWatch(RobotGraph graph, String topic, MessageType<M> type, Reliability reliability, Function<? super M, Time> stamp) {
    this.topic = graph.names().resolve(topic);
    this.type = type.name();
    this.clock = graph.clock();
    this.subscription = subscribe(graph, type, new QualityOfService(DEPTH, reliability, Durability.VOLATILE), stamp);
  }

  private <M> Subscription subscribe(RobotGraph graph, MessageType<M> type, QualityOfService quality, Function<? super M, Time> stamp) {
    try {
      return graph.subscribe(topic, type, quality, message -> arrived(stamp.apply(message).toNanoseconds()));
    } catch (BadInputException e) { // the topic has another type: nothing will come, and the graph shows why
      LOG.debug("{} is not listened to: {}", topic, e.getMessage());
      return null;
    }
  }

  private synchronized void arrived(long stamp) {
    long now = clock.monotonic();
    long time = clock.now();
    if (messages++ == 0) {
      first = now;
    } else {
      double gap = (now - last) / SECOND;
      squares += gap * gap;
      longestGap = Math.max(longestGap, silence(now, time));
    }
    last = now;
    lastTime = clock.started() ? OptionalLong.of(time) : OptionalLong.empty();
    if (stamp == 0 && time != 0) { // a simulator's time does begin at 0
      unstamped++;
      return;
    }
    if (stamp < lastStamp) {
      backwards++;
    }
    lastStamp = stamp;
    if (clock.started() && !type.equals(Clock.TYPE.name())) { // the clock itself has no age
      double age = (time - stamp) / SECOND;
      leastAge = Double.isNaN(leastAge) ? age : Math.min(leastAge, age);
      greatestAge = Double.isNaN(greatestAge) ? age : Math.max(greatestAge, age);
    }
  }

  /** Seconds since the last message, in the time by which the node judges ages. */
  private double silence(long now, long time) {
    return (clock.simulated() ? time - lastTime.orElse(time) : now - last) / SECOND;
  }

  /** What has come until now. */
  synchronized StreamObservation observation() {
    double gap = messages == 0 ? Double.NaN : Math.max(longestGap, silence(clock.monotonic(), clock.now()));
    double gaps = messages - 1;
    double mean = messages < 2 ? Double.NaN : (last - first) / SECOND / gaps;
    double jitter = messages < 3 ? Double.NaN : Math.sqrt(Math.max(0, squares / gaps - mean * mean));
    return new StreamObservation(topic, type, messages, subscription == null ? 0 : subscription.refused(),
        subscription == null ? 0 : subscription.lost(), 1 / mean, jitter, gap, unstamped, backwards, leastAge, greatestAge);
  }

  void close() {
    if (subscription != null) {
      subscription.close();
    }
  }
}
