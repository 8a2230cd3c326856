package flowmatching.ros.wire;

import com.sun.jna.Pointer;
import flowmatching.BadInputException;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.Dispatcher;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** Answers requests on the node's thread. */
final class WireService<Q, R> extends WireEndpoint {
  private final MessageCodec<Q> requests;
  private final MessageCodec<R> responses;
  private final Function<? super Q, ? extends R> handler;
  private final Dispatcher dispatcher;
  private final NativeGraph.Receiver receiver = this::receive;
  private Q received;

  WireService(
      WireGraph graph, String name, long handle, MessageCodec<Q> requests, MessageCodec<R> responses,
      Function<? super Q, ? extends R> handler, Dispatcher dispatcher) {
    super(graph, name, handle);
    this.requests = requests;
    this.responses = responses;
    this.handler = handler;
    this.dispatcher = dispatcher;
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
        Q request = received;
        dispatcher.execute(() -> answer(request, asker));
      }
    }
    return true;
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

  private void answer(Q request, byte[] asker) {
    R response = handler.apply(request);
    synchronized (responses) { // not the endpoint's lock: a reply may wait for its asker, receiving must not
      long server = server();
      if (server != 0) {
        ByteBuffer sample = responses.write(response);
        if (NativeGraph.graph_reply(server, asker, sample, sample.limit()) < 0) {
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
    synchronized (responses) {
      super.close();
    }
  }
}
