package flowmatching.ros.inprocess;

import flowmatching.ros.graph.DeliveryQueue;
import flowmatching.ros.graph.Dispatcher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.Subscription;
import java.util.function.Consumer;

/** Receives a topic through a queue of limited depth. */
final class InProcessSubscription<M> implements Subscription {
  private final Topic<M> topic;
  private final String node;
  private final QualityOfService quality;
  private final DeliveryQueue<M> queue;

  InProcessSubscription(
      Topic<M> topic, String node, QualityOfService quality, Consumer<? super M> listener, Dispatcher dispatcher) {
    this.topic = topic;
    this.node = node;
    this.quality = quality;
    this.queue = new DeliveryQueue<>(quality.depth(), listener, dispatcher);
    topic.add(this);
  }

  void offer(M message) {
    queue.offer(message);
  }

  QualityOfService quality() {
    return quality;
  }

  /** Full name of the node that listens. */
  String node() {
    return node;
  }

  @Override
  public long received() {
    return queue.received();
  }

  @Override
  public long dropped() {
    return queue.dropped();
  }

  @Override
  public int publishers() {
    return topic.publishers(this);
  }

  @Override
  public String name() {
    return topic.name();
  }

  @Override
  public void close() {
    queue.close();
    topic.remove(this);
  }
}
