package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.GraphClock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for moments of a simulated clock, or of the machine's that never jumps: the system's time is set while a robot runs. */
final class FrameClock implements AutoCloseable {
  /** A simulated clock that stands still for longer has stopped. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final GraphClock clock;
  private final Endpoint steps;
  private boolean woken;

  FrameClock(GraphClock clock) {
    this.clock = clock;
    this.steps = clock.onStep(time -> wake());
  }

  /** Ends a wait. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  /** The time, nanoseconds from any origin. @throws BadInputException where a simulated clock does not start */
  long now() throws InterruptedException {
    if (!clock.started()) {
      await();
    }
    return time();
  }

  private long time() {
    return clock.simulated() ? clock.now() : clock.monotonic();
  }

  /**
   * Waits for a moment, or until it is woken before.
   *
   * @param from when the wait began to count; a clock that is before that jumped
   * @return whether the moment has come
   * @throws BadInputException where the clock jumped back, or is simulated and stopped
   */
  boolean awaitUntil(long moment, long from) throws InterruptedException {
    long now = time();
    if (now < from) {
      throw new BadInputException("the clock jumped back");
    }
    if (now < moment) {
      await(clock.simulated() ? PATIENCE.toNanos() : moment - now);
    }
    return time() >= moment;
  }

  private void await() throws InterruptedException {
    await(PATIENCE.toNanos());
  }

  private synchronized void await(long nanoseconds) throws InterruptedException {
    long deadline = System.nanoTime() + nanoseconds;
    while (!woken) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        if (clock.simulated()) {
          throw new BadInputException("/clock: expected a message in the last " + PATIENCE.toSeconds() + " s, found none");
        }
        return;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    woken = false;
  }

  @Override
  public void close() {
    steps.close();
  }
}
