package flowmatching.control;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The thread on which the loop ticks: steps its {@link Pace} and parks in between, and ends only when the robot stands. */
final class LoopThread {
  private static final Logger LOGGER = LogManager.getLogger(LoopThread.class);
  /** How long the robot may take to come to rest at the end, nanoseconds. */
  private static final long REST = 500_000_000;
  /** Pause after a tick that broke, nanoseconds. */
  private static final long PAUSE = 10_000_000;

  private final ControlLoop loop;
  private final Pace pace;
  private final Lifecycle lifecycle;
  private final Thread thread;
  private final AtomicLong failures;
  private volatile boolean closing;

  LoopThread(ControlLoop loop, Pace pace, Lifecycle lifecycle, Counters counters, ThreadFactory threads) {
    failures = counters.named("tick.failed");
    this.loop = loop;
    this.pace = pace;
    this.lifecycle = lifecycle;
    thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  /** Makes the pace look again before its time. */
  void wake() {
    LockSupport.unpark(thread);
  }

  private void run() {
    long end = Long.MAX_VALUE;
    while (!closing || !loop.isAtRest() && System.nanoTime() < end) {
      long idle = step();
      if (closing && end == Long.MAX_VALUE) {
        end = System.nanoTime() + REST;
      }
      if (idle > 0) {
        LockSupport.parkNanos(this, closing ? Math.min(idle, PAUSE) : idle);
      }
    }
    loop.finish();
  }

  private long step() {
    try {
      return pace.step();
    } catch (RuntimeException | Error e) {
      lifecycle.fail("the control loop failed: " + e);
      if (failures.getAndIncrement() == 0) {
        LOGGER.error("the control loop failed; further failures are only counted", e);
      }
      return PAUSE;
    }
  }

  /** Ends the thread once the robot stands; the loop must have been told to stop before. */
  void close() {
    closing = true;
    wake();
    try {
      thread.join(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
