package flowmatching.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The right to download one content, among the threads and processes of this program.
 *
 * <p>The Python client takes another kind of lock (flock), which Java has not: both may download the same content at the same time, each
 * to a partial file of its own, and the second rename replaces a file by its equal.
 */
final class BlobLock {
  private static final Logger LOGGER = LogManager.getLogger(BlobLock.class);
  /** A file lock belongs to the process, so its threads need another. */
  private static final ConcurrentHashMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private BlobLock() {}

  interface Action {
    void run() throws IOException;
  }

  /** Waits for the lock and runs the action with it. */
  static void hold(Path path, Action action) throws IOException {
    Files.createDirectories(path.getParent());
    ReentrantLock threads = THREADS.computeIfAbsent(path.toAbsolutePath().normalize(), p -> new ReentrantLock());
    threads.lock();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (channel.tryLock() == null) {
        LOGGER.info("waiting for another process that downloads the same file ({})", path);
        channel.lock();
      }
      action.run(); // closing the channel gives the lock back
    } finally {
      threads.unlock();
    }
  }
}
