package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.image.RgbImage;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Encodes an episode's frames on a thread of its own, so that the next one is taken in time. */
final class FrameWriter implements AutoCloseable {
  /** Frames that may wait: some seconds, where their pictures leave room for them. */
  private static final int WAITING = 150;

  /** The share of Java's memory that they may take: without memory the whole recording would end. */
  private static final int SHARE = 4;

  private final DatasetWriter writer;
  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "frame writer"));
  private final int kibibytes;
  private final Semaphore room;
  private volatile RuntimeException failure;

  FrameWriter(DatasetWriter writer) {
    this(writer, Runtime.getRuntime().maxMemory() / SHARE);
  }

  /** @param bytes that the pictures of waiting frames may take */
  FrameWriter(DatasetWriter writer, long bytes) {
    this.writer = writer;
    kibibytes = (int) Math.min(Integer.MAX_VALUE, bytes >> 10);
    room = new Semaphore(kibibytes);
  }

  /** What a frame takes of the room; a single one always fits. */
  private int size(Map<String, RgbImage> images) {
    long bytes = images.values().stream().mapToLong(image -> image.pixels().length).sum();
    return (int) Math.min(kibibytes, Math.max(kibibytes / WAITING, bytes >> 10));
  }

  /** @throws BadInputException where frames come faster than they can be written, or one before did not fit */
  void add(Map<String, float[]> values, Map<String, RgbImage> images) {
    if (failure != null) {
      throw failure;
    }
    int size = size(images);
    if (!room.tryAcquire(size)) {
      throw new BadInputException("frames come faster than they can be encoded; take fewer a second, or smaller pictures");
    }
    thread.execute(() -> {
      try {
        if (failure == null) {
          writer.addFrame(values, images);
        }
      } catch (RuntimeException e) {
        failure = e;
      } catch (Error e) { // of a native library, say; a frame that is left out would move all that follow
        failure = new IllegalStateException("a frame could not be written: " + e, e);
      } finally {
        room.release(size);
      }
    });
  }

  /** Waits until all frames are written. @throws BadInputException where one did not fit */
  void finish() throws InterruptedException {
    try {
      thread.submit(() -> {}).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Drops the frames that wait, and ends the thread. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
