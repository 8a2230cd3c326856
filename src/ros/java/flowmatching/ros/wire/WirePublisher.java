package flowmatching.ros.wire;

import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.Publisher;
import java.nio.ByteBuffer;

/** Sends on a topic. One buffer serves all messages. */
final class WirePublisher<M> extends WireEndpoint implements Publisher<M> {
  private final MessageCodec<M> codec;
  private long failed;

  WirePublisher(WireGraph graph, String name, long handle, MessageCodec<M> codec) {
    super(graph, name, handle);
    this.codec = codec;
  }

  @Override
  public synchronized void publish(M message) {
    if (handle() != 0) {
      ByteBuffer sample = codec.write(message);
      if (NativeGraph.graph_publish(handle(), sample, sample.limit()) < 0 && Long.bitCount(++failed) == 1) { // commands fail at control rate
        LOG.warn("{}: {} not sent so far; {}", name(), failed, NativeGraph.graph_error());
      }
    }
  }

  @Override
  public int subscriptions() {
    return connected();
  }
}
