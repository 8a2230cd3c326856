package flowmatching.ros.graph;

import java.util.ArrayDeque;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A node's thread, for adapters: runs callbacks one at a time, in the order in which they became due. */
public final class Dispatcher {
  private static final Logger LOG = LogManager.getLogger();

  /** What a node's thread does. */
  public interface Callback {
    void run();

    /** Called instead of {@link #run} where the node is closed before its turn. */
    default void abandon() {}
  }

  private final ArrayDeque<Callback> due = new ArrayDeque<>();
  private final Thread thread;
  private boolean closed;

  /** @param name of the thread */
  public Dispatcher(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs {@code callback} later, or abandons it where the node is closed. */
  public void execute(Callback callback) {
    synchronized (due) {
      if (!closed) {
        due.addLast(callback);
        due.notify();
        return;
      }
    }
    callback.abandon();
  }

  private void run() {
    for (Callback callback = next(); callback != null; callback = next()) {
      try {
        callback.run();
      } catch (RuntimeException | Error e) { // whatever it is, a node that hears nothing any more would be worse
        LOG.error("{}: a callback failed", thread.getName(), e);
      }
    }
  }

  /** Waits for a callback; null once closed. */
  private Callback next() {
    synchronized (due) {
      while (due.isEmpty() && !closed) {
        try {
          due.wait();
        } catch (InterruptedException e) {
          LOG.warn("{}: interrupted by a callback's leftover, goes on", thread.getName());
        }
      }
      return closed ? null : due.removeFirst();
    }
  }

  /** Ends the thread and waits for the callback that runs, unless that is the one that calls. */
  public void close() {
    List<Callback> left;
    synchronized (due) {
      closed = true;
      left = List.copyOf(due);
      due.clear();
      due.notify();
    }
    left.forEach(Callback::abandon);
    boolean interrupted = false;
    while (Thread.currentThread() != thread && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
