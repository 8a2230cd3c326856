package flowmatching.control;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ticks as simulated time goes on: at most one command for each step of the clock. An instant that is said again gets the same
 * command again. A tick that finds the queue empty waits for
 * its chunk, because a simulator in lock step waits for the command; one that goes on regardless is sent the hold instead.
 */
final class SimulatedPace implements Pace {
  /** How often a waiting tick looks at timeouts, nanoseconds. */
  private static final long LOOK = 50_000_000;
  /** The longest step of the clock that one command may use in full, nanoseconds. */
  private static final long LONGEST_STEP = 100_000_000;

  private final ControlLoop loop;
  private final SimulatedClock clock;
  private final AtomicBoolean jumpedBack = new AtomicBoolean();
  private final AtomicBoolean saidAgain = new AtomicBoolean();
  private final AtomicLong skipped;
  private boolean started;
  private long handled;
  private long due;
  private long interval;
  private boolean waiting;
  private boolean patient = true;

  SimulatedPace(ControlLoop loop, SimulatedClock clock, Telemetry telemetry) {
    this.loop = loop;
    this.clock = clock;
    skipped = telemetry.counters().named("tick.missed");
  }

  /** A stamp of /clock; the caller wakes the loop thread. */
  void onClock(long stamp) {
    long before = clock.now();
    if (stamp == before) {
      saidAgain.set(true);
    }
    if (clock.set(stamp)) {
      jumpedBack.set(true);
      if (!loop.config().rearmAfterClockJump()) { // at once: who enables the robot after this means the new time
        loop.disarm(String.format(Locale.ROOT, "simulated time jumped back by %.3f s; enable to go on", (before - stamp) / 1e9));
      }
    }
  }

  @Override
  public long step() {
    boolean again = saidAgain.getAndSet(false);
    if (jumpedBack.getAndSet(false)) {
      loop.clockJumped();
      started = false;
    }
    loop.settle(); // a simulation that is paused, or has yet to begin, has no tick to come
    long stamp = clock.now();
    if (stamp == SimulatedClock.NOT_STARTED) {
      return Long.MAX_VALUE;
    }
    long period = loop.config().period();
    // Clocks of simulators are rounded in their own way, so a step that is a little early is the step that was meant.
    if (!started || stamp != handled && stamp - due >= -period / 16) {
      schedule(stamp, period);
      tick(stamp);
    } else if (waiting) {
      tick(handled);
    } else if (again && stamp == handled) {
      // In lock step this is a simulator that still waits: it came up after the command, or was reset at the same instant.
      loop.repeat(stamp);
    }
    return waiting ? LOOK : Long.MAX_VALUE;
  }

  private void schedule(long stamp, long period) {
    if (started) {
      patient &= !waiting;
      skipped.addAndGet(Math.max(0, (stamp - due) / period));
      interval = Math.max(period, Math.min(LONGEST_STEP, stamp - handled));
    } else {
      patient = true;
      interval = period;
    }
    due = started && stamp - due < period ? due + period : stamp + period;
    handled = stamp;
    started = true;
  }

  private void tick(long stamp) {
    ControlLoop.Outcome outcome = loop.tick(stamp, interval, patient);
    waiting = outcome == ControlLoop.Outcome.SILENT;
    patient |= outcome == ControlLoop.Outcome.PLAYED;
  }
}
