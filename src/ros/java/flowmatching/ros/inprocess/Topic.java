package flowmatching.ros.inprocess;

import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.message.MessageType;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Who sends and who receives under one name. Its lock makes joining and publishing one after the other. */
final class Topic<M> {
  private static final Logger LOG = LogManager.getLogger();

  private final String name;
  private final MessageType<M> type;
  private final List<InProcessPublisher<M>> publishers = new ArrayList<>();
  private final List<InProcessSubscription<M>> subscriptions = new ArrayList<>();

  Topic(String name, MessageType<M> type) {
    this.name = name;
    this.type = type;
  }

  String name() {
    return name;
  }

  MessageType<M> type() {
    return type;
  }

  synchronized void add(InProcessPublisher<M> publisher) {
    publishers.add(publisher);
    subscriptions.forEach(subscription -> warnWhereApart(publisher, subscription));
  }

  synchronized void remove(InProcessPublisher<M> publisher) {
    publishers.remove(publisher);
  }

  /** Adds a receiver and gives it what publishers kept for late ones. */
  synchronized void add(InProcessSubscription<M> subscription) {
    subscriptions.add(subscription);
    for (InProcessPublisher<M> publisher : publishers) {
      warnWhereApart(publisher, subscription);
      if (publisher.quality().satisfies(subscription.quality())) {
        publisher.replay(subscription);
      }
    }
  }

  synchronized void remove(InProcessSubscription<M> subscription) {
    subscriptions.remove(subscription);
  }

  synchronized void publish(InProcessPublisher<M> publisher, M message) {
    publisher.keep(message);
    for (int i = 0; i < subscriptions.size(); i++) { // an index instead of an iterator: no garbage
      InProcessSubscription<M> subscription = subscriptions.get(i);
      if (publisher.quality().satisfies(subscription.quality())) {
        subscription.offer(message);
      }
    }
  }

  synchronized int subscriptions(InProcessPublisher<M> publisher) {
    return (int) subscriptions.stream().filter(subscription -> publisher.quality().satisfies(subscription.quality())).count();
  }

  synchronized int publishers(InProcessSubscription<M> subscription) {
    return (int) publishers.stream().filter(publisher -> publisher.quality().satisfies(subscription.quality())).count();
  }

  synchronized List<TopicEndpoint> endpoints() {
    List<TopicEndpoint> all = new ArrayList<>();
    publishers.forEach(publisher -> all.add(endpoint(Kind.PUBLISHER, publisher.quality(), publisher.node())));
    subscriptions.forEach(subscription -> all.add(endpoint(Kind.SUBSCRIPTION, subscription.quality(), subscription.node())));
    return all;
  }

  private TopicEndpoint endpoint(Kind kind, QualityOfService quality, String node) {
    return new TopicEndpoint(kind, name, type.name(), quality.reliability(), quality.durability(), node);
  }

  private void warnWhereApart(InProcessPublisher<M> publisher, InProcessSubscription<M> subscription) {
    if (!publisher.quality().satisfies(subscription.quality())) {
      LOG.warn("{}: a publisher that offers {} and a subscription that asks for {} do not connect",
          name, publisher.quality(), subscription.quality());
    }
  }
}
