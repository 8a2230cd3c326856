package flowmatching.control;

import flowmatching.policy.ChunkPolicy;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The policy in use and the one that is to follow it. Anybody may name a successor; the worker adopts it between two inferences
 * and closes whatever is not used any more, because only the worker knows that nothing runs in it.
 */
final class PolicyHolder {
  private static final Logger LOGGER = LogManager.getLogger(PolicyHolder.class);

  private final AtomicReference<ChunkPolicy> successor = new AtomicReference<>();
  private final Queue<ChunkPolicy> unused = new ConcurrentLinkedQueue<>();
  private ChunkPolicy current;

  PolicyHolder(ChunkPolicy first) {
    current = first;
  }

  /** Names a successor; one that was named before and not adopted yet will only be closed. Any thread. */
  void succeed(ChunkPolicy next) {
    ChunkPolicy skipped = successor.getAndSet(next);
    if (skipped != null) {
      unused.add(skipped);
    }
  }

  /** The policy in use. Worker only. */
  ChunkPolicy current() {
    return current;
  }

  /** Goes over to the successor, if there is one. Worker only. */
  boolean adopt() {
    ChunkPolicy next = successor.getAndSet(null);
    if (next != null) {
      unused.add(current);
      current = next;
    }
    closeUnused();
    return next != null;
  }

  /** Closes every policy. Worker only. */
  void closeAll() {
    succeed(null);
    unused.add(current);
    closeUnused();
  }

  private void closeUnused() {
    for (ChunkPolicy policy = unused.poll(); policy != null; policy = unused.poll()) {
      try {
        policy.close();
      } catch (RuntimeException | Error e) {
        LOGGER.warn("a policy could not be closed", e);
      }
    }
  }
}
