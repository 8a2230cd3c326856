package flowmatching.ros.wire;

import com.sun.jna.Pointer;
import flowmatching.BadInputException;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.DeliveryQueue;
import flowmatching.ros.graph.Dispatcher;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Answers requests on the node's thread. The newest ones wait for it, as in ROS: who calls faster than that must not fill the memory, nor
 * keep calls of other services waiting.
 */
final class WireService<Q, R> extends WireEndpoint {
  /** Requests that wait at the most; the depth of the native queue too. */
  private static final int DEPTH = 64;

  private record Call<Q>(Q request, byte[] asker) {}

  private final MessageCodec<Q> requests;
  private final MessageCodec<R> responses;
  private final Function<? super Q, ? extends R> handler;
  private final DeliveryQueue<Call<Q>> queue;
  private final NativeGraph.Receiver receiver = this::receive;
  private Q received;

  WireService(
      WireGraph graph, String name, long handle, MessageCodec<Q> requests, MessageCodec<R> responses,
      Function<? super Q, ? extends R> handler, Dispatcher dispatcher) {
    super(graph, name, handle);
    this.requests = requests;
    this.responses = responses;
    this.handler = handler;
    this.queue = new DeliveryQueue<>(DEPTH, this::answer, dispatcher);
  }

  @Override
  synchronized boolean takeSome() {
    for (int i = 0; i < TURN; i++) {
      byte[] asker = new byte[NativeGraph.REQUEST_SIZE];
      received = null;
      if (handle() == 0 || NativeGraph.graph_take(handle(), receiver, asker) != 1) {
        return false;
      }
      if (received != null) {
        long before = queue.dropped();
        queue.offer(new Call<>(received, asker));
        warnOfLost(before, queue.dropped());
      }
    }
    return true;
  }

  private void warnOfLost(long before, long now) {
    if (now > before && Long.bitCount(now) == 1) {
      LOG.warn("{}: {} requests not answered so far; more than {} were waiting", name(), now, DEPTH);
    }
  }

  private void receive(Pointer sample, int size) {
    try {
      received = requests.read(bytes(sample, size));
    } catch (BadInputException e) {
      refuse(e);
    } catch (RuntimeException | Error e) { // may not cross native code
      LOG.error("{}: a request could not be received", name(), e);
    }
  }

  private void answer(Call<Q> call) {
    R response = handler.apply(call.request());
    synchronized (responses) { // not the endpoint's lock: a reply may wait for its asker, receiving must not
      long server = server();
      if (server != 0) {
        ByteBuffer sample = responses.write(response);
        if (NativeGraph.graph_reply(server, call.asker(), sample, sample.limit()) < 0) {
          LOG.warn("{}: {}", name(), NativeGraph.graph_error());
        }
      }
    }
  }

  private synchronized long server() {
    return handle();
  }

  @Override
  public void close() {
    queue.close();
    synchronized (responses) {
      super.close();
    }
  }
}
