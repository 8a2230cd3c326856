package flowmatching.ros.wire;

import com.sun.jna.Pointer;
import flowmatching.ros.graph.Endpoint;
import java.nio.ByteBuffer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** An endpoint of the native graph. Its lock makes sure that nothing uses it once it is closed. */
abstract class WireEndpoint implements Endpoint {
  static final Logger LOG = LogManager.getLogger();
  /** Messages after which the other endpoints have their turn: who sends faster than they can be taken is not to silence them. */
  static final int TURN = 16;

  private final WireGraph graph;
  private final String name;
  private long handle;
  private long refused;

  /** @param handle what {@code open} of {@code graph} returned */
  WireEndpoint(WireGraph graph, String name, long handle) {
    this.graph = graph;
    this.name = name;
    this.handle = handle;
  }

  /** The native endpoint, 0 once it is closed. Called with the lock held. */
  final long handle() {
    return handle;
  }

  /**
   * Takes what has arrived, {@link #TURN} messages at the most; on the graph's receiving thread.
   *
   * @return whether there may be more
   */
  boolean takeSome() {
    return false;
  }

  /** Something about the graph changed; on the graph's receiving thread. */
  void graphChanged() {}

  /** Counterparts connected now; none where nobody can say it. */
  final synchronized int connected() {
    return handle == 0 ? 0 : Math.max(0, NativeGraph.graph_connected(handle));
  }

  /** Counts bytes that are none of the type, and says so now and then: a flood of them is no reason for a flood of lines. */
  final void refuse(RuntimeException reason) {
    refused++;
    if (Long.bitCount(refused) == 1) {
      LOG.warn("{}: refused {} so far; {}", name, refused, reason.getMessage());
    }
  }

  /** Samples that were refused so far. */
  public final synchronized long refused() {
    return handle == 0 ? refused : refused + NativeGraph.graph_refused(handle);
  }

  /** The whole of a sample as bytes where native code holds them. */
  static ByteBuffer bytes(Pointer sample, int size) {
    return sample.getByteBuffer(0, size);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (handle == 0) {
        return;
      }
      long closing = handle;
      handle = 0;
      graph.forget(this, closing);
      NativeGraph.graph_close(closing);
    }
  }
}
