package flowmatching.control;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Ticks at absolute deadlines of the monotonic clock, so lateness does not add up. Deadlines that have passed altogether are
 * counted as missed and skipped: a robot is never sent a burst.
 */
final class WallPace implements Pace {
  /** By how much the graph's clock may run ahead of the monotonic clock between two ticks before it counts as a jump. */
  static final long JUMP = 250_000_000;
  /** By how much it may go back: there are no ticks until it is where it was, so nothing would brake and no stop be heard. */
  private static final long BACK = 50_000_000;
  /** Longer than it takes to read a clock. */
  private static final long HELD_UP = 1_000_000;

  private final ControlLoop loop;
  private final ControlClock clock;
  private final Latency lateness;
  private final AtomicLong missed;
  private boolean started;
  private long deadline;
  private long offset;
  private long lastStamp;

  WallPace(ControlLoop loop, ControlClock clock, Telemetry telemetry) {
    this.loop = loop;
    this.clock = clock;
    lateness = telemetry.publishLateness();
    missed = telemetry.counters().named("tick.missed");
  }

  @Override
  public long step() {
    long now = clock.monotonic();
    if (!started) {
      deadline = now;
    }
    if (now < deadline) {
      return deadline - now;
    }
    long period = loop.config().period();
    long skipped = (now - deadline) / period;
    missed.addAndGet(skipped);
    deadline += skipped * period;
    tick(period);
    lateness.record(clock.monotonic() - deadline);
    deadline += period;
    return Math.max(0, deadline - clock.monotonic());
  }

  private void tick(long period) {
    long offsetNow = readOffset();
    if (started && (offsetNow - offset > JUMP || offset - offsetNow > BACK)) {
      loop.clockJumped();
      started = false;
    }
    offset = offsetNow;
    // The deadline's instant, not the moment at which the thread woke: commands are evenly spaced whatever the scheduler does.
    long stamp = deadline + offset;
    if (!started || stamp > lastStamp) {
      loop.tick(stamp, period, false);
      lastStamp = stamp;
    }
    started = true;
  }

  /** The distance of the two clocks; as it was before, where the thread was held up between reading them. */
  private long readOffset() {
    long before = clock.monotonic();
    long now = clock.now();
    return started && clock.monotonic() - before > HELD_UP ? offset : now - before;
  }
}
