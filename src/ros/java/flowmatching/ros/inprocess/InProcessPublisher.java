package flowmatching.ros.inprocess;

import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import java.util.ArrayDeque;

/** Sends on a topic; keeps the last messages where it is {@link Durability#TRANSIENT_LOCAL}. */
final class InProcessPublisher<M> implements Publisher<M> {
  private final Topic<M> topic;
  private final String node;
  private final QualityOfService quality;
  private final ArrayDeque<M> kept = new ArrayDeque<>();
  private volatile boolean closed;

  InProcessPublisher(Topic<M> topic, String node, QualityOfService quality) {
    this.topic = topic;
    this.node = node;
    this.quality = quality;
    topic.add(this);
  }

  @Override
  public void publish(M message) {
    if (!closed) {
      topic.publish(this, message);
    }
  }

  /** Called under the topic's lock. */
  void keep(M message) {
    if (quality.durability() == Durability.TRANSIENT_LOCAL) {
      if (kept.size() == quality.depth()) {
        kept.removeFirst();
      }
      kept.addLast(message);
    }
  }

  /** Called under the topic's lock. */
  void replay(InProcessSubscription<M> subscription) {
    if (subscription.quality().durability() == Durability.TRANSIENT_LOCAL) {
      kept.stream().skip(Math.max(0, kept.size() - subscription.quality().depth())).forEach(subscription::offer);
    }
  }

  QualityOfService quality() {
    return quality;
  }

  /** Full name of the node that publishes. */
  String node() {
    return node;
  }

  @Override
  public int subscriptions() {
    return closed ? 0 : topic.subscriptions(this);
  }

  @Override
  public String name() {
    return topic.name();
  }

  @Override
  public void close() {
    closed = true;
    topic.remove(this);
  }
}
