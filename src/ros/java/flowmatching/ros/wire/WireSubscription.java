package flowmatching.ros.wire;

import com.sun.jna.Pointer;
import flowmatching.BadInputException;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.DeliveryQueue;
import flowmatching.ros.graph.Subscription;

/** Receives a topic. Messages are decoded as they arrive, from native memory, and wait for the node's thread as records. */
final class WireSubscription<M> extends WireEndpoint implements Subscription {
  private final MessageCodec<M> codec;
  private final DeliveryQueue<M> queue;
  private final NativeGraph.Receiver receiver = this::receive;

  WireSubscription(WireGraph graph, String name, long handle, MessageCodec<M> codec, DeliveryQueue<M> queue) {
    super(graph, name, handle);
    this.codec = codec;
    this.queue = queue;
  }

  @Override
  synchronized boolean takeSome() {
    for (int i = 0; i < TURN; i++) {
      if (handle() == 0 || NativeGraph.graph_take(handle(), receiver, null) != 1) {
        return false;
      }
    }
    return true;
  }

  private void receive(Pointer sample, int size) {
    try {
      queue.offer(codec.read(bytes(sample, size)));
    } catch (BadInputException e) {
      refuse(e);
    } catch (RuntimeException | Error e) { // may not cross native code
      LOG.error("{}: a message could not be received", name(), e);
    }
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
  public synchronized long lost() {
    return handle() == 0 ? 0 : NativeGraph.graph_lost(handle());
  }

  @Override
  public int publishers() {
    return connected();
  }

  @Override
  public void close() {
    queue.close();
    super.close();
  }
}
