package flowmatching.ros.wire;

import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Takes what arrives for a node, and looks now and then at what became of the graph. */
final class ReceivingThread extends Thread {
  private static final Logger LOG = LogManager.getLogger();
  private static final int LOOK_MILLISECONDS = 500;

  private final WireGraph graph;
  private final long node;
  private final Set<WireEndpoint> ready = new LinkedHashSet<>();
  private long seenVersion;
  private long lookedAt = System.nanoTime();
  private boolean warned;
  private volatile boolean ended;

  ReceivingThread(WireGraph graph, long node) {
    super("receive " + graph.names().fullName());
    this.graph = graph;
    this.node = node;
    setDaemon(true);
  }

  @Override
  public void run() {
    while (!ended) {
      try {
        WireEndpoint arrived = graph.endpoint(NativeGraph.graph_wait(node, ready.isEmpty() ? LOOK_MILLISECONDS : 0));
        if (arrived != null) {
          ready.add(arrived);
        }
        takeTurn();
        if (!ended) { // else closed by what was just received
          look();
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.error("{} failed and goes on", getName(), e);
      }
    }
  }

  /** The one that has waited longest takes some messages, and where it has more waits again. */
  private void takeTurn() {
    Iterator<WireEndpoint> first = ready.iterator();
    if (first.hasNext()) {
      WireEndpoint endpoint = first.next();
      first.remove();
      if (endpoint.takeSome()) {
        ready.add(endpoint);
      }
    }
  }

  private void look() {
    if (System.nanoTime() - lookedAt < LOOK_MILLISECONDS * 1_000_000L) {
      return;
    }
    lookedAt = System.nanoTime();
    long version = NativeGraph.graph_version(node);
    if (version == seenVersion) {
      return;
    }
    seenVersion = version;
    graph.endpoints().forEach(WireEndpoint::graphChanged);
    String name = graph.names().fullName();
    if (!warned && Collections.frequency(graph.describe().nodes(), name) > 1) {
      warned = true;
      LOG.warn("another node is named {} too: give one of them another name (-r __node:=NAME), tools will mix them up", name);
    }
  }

  /** Ends the thread and waits for it. */
  void end() {
    ended = true;
    NativeGraph.graph_wake(node);
    boolean interrupted = false;
    while (isAlive() && Thread.currentThread() != this) {
      try {
        join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
