package flowmatching.ros.wire;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import flowmatching.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * The functions of {@code native/graph.h}, which says what each does. Pointers are {@code long}; 0 is none.
 *
 * <p>JNA binds them without code of its own on the native side, so that one plain C interface serves every implementation.
 */
final class NativeGraph {
  /** Takes one message, which is gone when this returns. */
  interface Receiver extends Callback {
    void receive(Pointer sample, int size);
  }

  /** Bytes of {@code graph_request}, which begins with the request's number. */
  static final int REQUEST_SIZE = 64;

  private NativeGraph() {}

  /** @throws BadInputException where the library does not load */
  static void load(Path library) {
    try {
      Native.register(NativeGraph.class, NativeLibrary.getInstance(library.toString()));
    } catch (UnsatisfiedLinkError e) {
      throw new BadInputException(library + " does not load: " + e.getMessage(), e);
    }
  }

  /** The number in a request or reply. */
  static long sequence(byte[] request) {
    return ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).getLong(0);
  }

  /** The pointer, unless it is none. */
  static long checked(String what, long pointer) {
    if (pointer == 0) {
      throw new BadInputException(what + " " + graph_error());
    }
    return pointer;
  }

  static native String graph_error();

  static native long graph_join(String namespace, String name, int domain, int range, String staticPeers);

  static native long graph_join_as(long rclNode);

  static native void graph_leave(long node);

  static native long graph_advertise(long node, String topic, String type, String hash, int depth, int reliable, int transientLocal);

  static native long graph_subscribe(long node, String topic, String type, String hash, int depth, int reliable, int transientLocal);

  static native long graph_serve(long node, String service, String type, String requestHash, String responseHash);

  static native long graph_client(long node, String service, String type, String requestHash, String responseHash);

  static native void graph_close(long endpoint);

  static native int graph_publish(long publisher, ByteBuffer sample, int size);

  static native long graph_call(long client, ByteBuffer sample, int size);

  static native int graph_reply(long server, byte[] request, ByteBuffer sample, int size);

  static native long graph_wait(long node, int milliseconds);

  static native void graph_wake(long node);

  static native int graph_take(long endpoint, Receiver receiver, byte[] request);

  static native int graph_connected(long endpoint);

  static native long graph_refused(long endpoint);

  static native long graph_lost(long endpoint);

  static native long graph_version(long node);

  static native int graph_describe(long node, byte[] text, int capacity);
}
