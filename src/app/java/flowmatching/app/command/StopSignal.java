package flowmatching.app.command;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM end a command in good order: what runs is told to stop, and the process waits until the command has brought the
 * robot to rest, or saved its work, and said what it has to say. Opened before what it stops, so that it is closed after.
 */
final class StopSignal implements AutoCloseable {
  /** Enough for a robot to come to rest. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Duration patience;
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "stop signal");
  private Runnable action = () -> {};
  private boolean came;

  StopSignal() {
    this(PATIENCE);
  }

  /** @param patience how long the process waits for the command */
  StopSignal(Duration patience) {
    this.patience = patience;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** What to do when the signal comes; called on a thread of its own, or at once where it came before. */
  void onStop(Runnable stop) {
    boolean late;
    synchronized (this) {
      action = stop;
      late = came;
    }
    if (late) {
      stop.run();
    }
  }

  private void stop() {
    Runnable known;
    synchronized (this) {
      came = true;
      known = action;
    }
    known.run();
    try {
      finished.await(patience.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The signal came: the hook is running, and ends now.
    }
  }
}
