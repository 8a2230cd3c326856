package flowmatching.ros.graph;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * A subscription's messages, or a service's requests, on their way to their listener, for adapters: keeps the newest ones and counts what they push out.
 * Running it delivers the oldest message.
 *
 * @param <M> class of the messages
 */
public final class DeliveryQueue<M> implements Dispatcher.Callback {
  private final int depth;
  private final Consumer<? super M> listener;
  private final Dispatcher dispatcher;
  private final ArrayDeque<M> queue = new ArrayDeque<>();
  private long received;
  private long dropped;
  private boolean closed;

  /**
   * @param depth most messages that wait
   * @param listener takes each message on {@code dispatcher}'s thread
   * @param dispatcher the node's thread
   */
  public DeliveryQueue(int depth, Consumer<? super M> listener, Dispatcher dispatcher) {
    this.depth = depth;
    this.listener = listener;
    this.dispatcher = dispatcher;
  }

  /** Adds a message; where the queue is full the oldest goes. */
  public void offer(M message) {
    synchronized (queue) {
      queue.addLast(message);
      if (queue.size() > depth) {
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

  /** Messages handed to the listener so far. */
  public long received() {
    synchronized (queue) {
      return received;
    }
  }

  /** Messages that newer ones pushed out before the listener saw them. */
  public long dropped() {
    synchronized (queue) {
      return dropped;
    }
  }

  /** From now on nothing is delivered. */
  public void close() {
    synchronized (queue) {
      closed = true;
    }
  }
}
