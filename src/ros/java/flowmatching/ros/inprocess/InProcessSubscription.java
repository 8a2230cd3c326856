package flowmatching.ros.inprocess;

import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.Subscription;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/** Receives a topic through a queue of limited depth. Running it delivers the oldest message. */
final class InProcessSubscription<M> implements Subscription, Dispatcher.Callback {
  private final Topic<M> topic;
  private final QualityOfService quality;
  private final Consumer<? super M> listener;
  private final Dispatcher dispatcher;
  private final ArrayDeque<M> queue = new ArrayDeque<>();
  private long received;
  private long dropped;
  private volatile boolean closed;

  InProcessSubscription(Topic<M> topic, QualityOfService quality, Consumer<? super M> listener, Dispatcher dispatcher) {
    this.topic = topic;
    this.quality = quality;
    this.listener = listener;
    this.dispatcher = dispatcher;
    topic.add(this);
  }

  void offer(M message) {
    synchronized (queue) {
      queue.addLast(message);
      if (queue.size() > quality.depth()) {
        queue.removeFirst();
        dropped++;
        return; // the run that was asked for the lost message delivers the next one
      }
    }
    dispatcher.execute(this);
  }

  @Override
  public void run() {
    M message;
    synchronized (queue) {
      message = queue.pollFirst();
      if (message == null || closed) {
        return;
      }
      received++;
    }
    listener.accept(message);
  }

  QualityOfService quality() {
    return quality;
  }

  @Override
  public long received() {
    synchronized (queue) {
      return received;
    }
  }

  @Override
  public long dropped() {
    synchronized (queue) {
      return dropped;
    }
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
    closed = true;
    topic.remove(this);
  }
}
