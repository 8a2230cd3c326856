package flowmatching.ros.wire;

import com.sun.jna.Pointer;
import flowmatching.BadInputException;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.ServiceClient;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Calls a service, and gives up what a server that has gone owes. */
final class WireClient<Q, R> extends WireEndpoint implements ServiceClient<Q, R> {
  private final MessageCodec<Q> requests;
  private final MessageCodec<R> responses;
  private final NativeGraph.Receiver receiver = this::receive;
  private final Map<Long, CompletableFuture<R>> pending = new HashMap<>();
  private R received;
  private BadInputException malformed;

  WireClient(WireGraph graph, String name, long handle, MessageCodec<Q> requests, MessageCodec<R> responses) {
    super(graph, name, handle);
    this.requests = requests;
    this.responses = responses;
  }

  @Override
  public boolean available() {
    return connected() > 0;
  }

  @Override
  public synchronized CompletableFuture<R> call(Q request) {
    if (!available()) {
      return CompletableFuture.failedFuture(new IllegalStateException("no node serves " + name()));
    }
    ByteBuffer sample = requests.write(request);
    long number = NativeGraph.graph_call(handle(), sample, sample.limit());
    if (number < 0) {
      return CompletableFuture.failedFuture(new IllegalStateException(NativeGraph.graph_error()));
    }
    CompletableFuture<R> response = new CompletableFuture<>();
    pending.put(number, response);
    return response;
  }

  @Override
  boolean takeSome() {
    for (int i = 0; i < TURN; i++) {
      Reply<R> reply = take();
      if (reply == null) {
        return false;
      }
      reply.complete(); // without the lock: what waits for it may do anything
    }
    return true;
  }

  private record Reply<R>(CompletableFuture<R> call, R response, BadInputException malformed) {
    void complete() {
      if (call != null && malformed != null) {
        call.completeExceptionally(malformed);
      } else if (call != null) { // else an answer that nobody waits for
        call.complete(response);
      }
    }
  }

  private synchronized Reply<R> take() {
    byte[] reply = new byte[NativeGraph.REQUEST_SIZE];
    malformed = null;
    if (handle() == 0 || NativeGraph.graph_take(handle(), receiver, reply) != 1) {
      return null;
    }
    return new Reply<>(pending.remove(NativeGraph.sequence(reply)), received, malformed);
  }

  private void receive(Pointer sample, int size) {
    try {
      received = responses.read(bytes(sample, size));
    } catch (BadInputException e) {
      malformed = e;
      refuse(e);
    } catch (RuntimeException | Error e) { // may not cross native code
      LOG.error("{}: a response could not be received", name(), e);
    }
  }

  @Override
  void graphChanged() {
    if (!available()) {
      giveUp("the node that served " + name() + " is gone");
    }
  }

  @Override
  public void close() {
    super.close();
    giveUp("the client of " + name() + " is closed");
  }

  private void giveUp(String reason) {
    List<CompletableFuture<R>> lost;
    synchronized (this) {
      lost = List.copyOf(pending.values());
      pending.clear();
    }
    lost.forEach(call -> call.completeExceptionally(new IllegalStateException(reason)));
  }
}
