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
  /** Frames that may wait: some seconds. */
  private static final int WAITING = 150;

  private final DatasetWriter writer;
  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "frame writer"));
  private final Semaphore room = new Semaphore(WAITING);
  private volatile RuntimeException failure;

  FrameWriter(DatasetWriter writer) {
    this.writer = writer;
  }

  /** @throws BadInputException where frames come faster than they can be written, or one before did not fit */
  void add(Map<String, float[]> values, Map<String, RgbImage> images) {
    if (failure != null) {
      throw failure;
    }
    if (!room.tryAcquire()) {
      throw new BadInputException("frames come faster than they can be encoded; take fewer a second, or smaller pictures");
    }
    thread.execute(() -> {
      try {
        if (failure == null) {
          writer.addFrame(values, images);
        }
      } catch (RuntimeException e) {
        failure = e;
      }
      room.release();
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
