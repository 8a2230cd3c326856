package flowmatching.app.command;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM end a command in good order: what runs is told to stop, and the process waits until the command has brought the
 * robot to rest, or saved its work, and said what it has to say. Opened before what it stops, so that it is closed after.
 *
 * <p>A command that had something to finish then ends with 130 or 143, as a shell says of what was interrupted; a second Ctrl-C ends it
 * at once, a second SIGTERM does not, because what starts processes may send it twice. A node that runs until
 * somebody stops it ends with what its command returns: 0, as nodes of ROS do, else launch would call it an error.
 */
public final class StopSignal implements AutoCloseable {
  /** Enough for a robot to come to rest. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  /** Signals that follow each other as fast are one key's, which a shell and a program between have both passed on. */
  private static final Duration BURST = Duration.ofSeconds(1);
  /** What a shell adds to a signal's number for the exit code. */
  private static final int SIGNALLED = 128;

  private static volatile boolean ending;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Runnable unregister;
  private Duration patience;
  private Runnable action = () -> {};
  private boolean came;

  /** For a command that has something to finish, which is at rest or has saved its work in ten seconds. */
  StopSignal() {
    this(PATIENCE);
  }

  /** @param patience how long the process waits for the command, which has something to finish */
  StopSignal(Duration patience) {
    this(patience, false);
  }

  /** For a node that runs until it is stopped. Where it is not at rest in ten seconds, or a second signal comes, it ends as other commands do. */
  static StopSignal ofNode() {
    return new StopSignal(PATIENCE, true);
  }

  private StopSignal(Duration patience, boolean node) {
    this.patience = patience;
    this.unregister = node ? new FirstSignal(this::endNode)::close : registerHook();
  }

  /** Whether a signal is ending this process, with a code of its own. */
  public static boolean endsProcess() {
    return ending;
  }

  private Runnable registerHook() {
    Thread hook = new Thread(() -> {
      ending = true;
      endWhereAskedAgain(System.nanoTime());
      stop();
    }, "stop signal");
    Runtime.getRuntime().addShutdownHook(hook);
    return () -> {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The signal came: the hook is running, and ends now.
      }
    };
  }

  /** Java itself would let a second Ctrl-C wait for the first one's end. */
  private static void endWhereAskedAgain(long first) {
    new FirstSignal(List.of("INT"), number -> {
      if (System.nanoTime() - first < BURST.toNanos()) {
        endWhereAskedAgain(first);
      } else {
        Runtime.getRuntime().halt(SIGNALLED + number);
      }
    });
  }

  /** What to do when the signal comes; called on a thread of its own, or at once where it came before. */
  void onStop(Runnable stop) {
    onStop(stop, patience);
  }

  /** @param patience how long the process waits for the command where the signal comes from now on */
  void onStop(Runnable stop, Duration patience) {
    boolean late;
    synchronized (this) {
      action = stop;
      this.patience = patience;
      late = came;
    }
    if (late) {
      stop.run();
    }
  }

  /** Whether the command came to its end in time. */
  private boolean stop() {
    Runnable known;
    Duration wait;
    synchronized (this) {
      came = true;
      known = action;
      wait = patience;
    }
    known.run();
    try {
      return finished.await(wait.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void endNode(int signal) {
    if (!stop()) {
      System.exit(SIGNALLED + signal);
    }
  }

  @Override
  public void close() {
    finished.countDown();
    unregister.run();
  }
}
