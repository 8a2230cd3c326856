package flowmatching.control;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The chunk that is being played, the one that fades out under it, and a letter box for the next. Chunks may be offered by any
 * thread; all else belongs to the loop, which never waits and allocates nothing.
 *
 * <p>A chunk is placed by its observation's time. What lies before now is dropped; {@code executionHorizon} actions later the
 * next chunk is due, but until it comes the rest of this one is played.
 */
public final class ActionQueue {
  private final AtomicReference<TimedChunk> letterBox = new AtomicReference<>();
  private final AtomicLong accepted;
  private final AtomicLong oldEpoch;
  private final AtomicLong duplicate;
  private final AtomicLong stale;
  private final AtomicLong late;
  private final AtomicLong superseded;
  private final AtomicLong droppedActions;

  private volatile TimedChunk current;
  private TimedChunk previous;
  private long fadeStart;
  private long due;
  private int epoch;
  private long lastSequence = Long.MIN_VALUE;
  /** Up to where deltas have been commanded; only meaningful with {@link #moved}. */
  private long movedUntil;
  private boolean moved;
  private final double[] gripped;

  /** A queue for commands of {@code dimension} values. */
  public ActionQueue(int dimension, Counters counters) {
    gripped = new double[dimension];
    accepted = counters.named("chunk.accepted");
    oldEpoch = counters.named("chunk.refused.old_epoch");
    duplicate = counters.named("chunk.refused.duplicate");
    stale = counters.named("chunk.refused.stale");
    late = counters.named("chunk.refused.late");
    superseded = counters.named("chunk.superseded");
    droppedActions = counters.named("action.dropped.late");
    clear(0);
  }

  /** Puts a chunk in the letter box; any thread. The newest stays, what it displaces is counted. */
  public void offer(TimedChunk chunk) {
    while (true) {
      TimedChunk waiting = letterBox.get();
      if (waiting != null && waiting.sequence() >= chunk.sequence()) {
        (waiting.sequence() == chunk.sequence() ? duplicate : stale).incrementAndGet();
        return;
      }
      if (letterBox.compareAndSet(waiting, chunk)) {
        if (waiting != null) {
          superseded.incrementAndGet();
        }
        return;
      }
    }
  }

  /** Begins an epoch: nothing that belongs to another will be played. */
  public void clear(int newEpoch) {
    epoch = newEpoch;
    drop();
    Arrays.fill(gripped, Double.NaN);
  }

  /** Stops playing; a chunk that comes later may be played. */
  public void drop() {
    current = null;
    previous = null;
    moved = false;
  }

  /** Takes over what another queue of the same dimension plays, so that it can be sampled without changing that queue. */
  void become(ActionQueue other) {
    current = other.current;
    previous = other.previous;
    fadeStart = other.fadeStart;
    moved = other.moved;
    movedUntil = other.movedUntil;
    System.arraycopy(other.gripped, 0, gripped, 0, gripped.length);
  }

  /** Takes the chunk in the letter box, if there is one, and plays it from {@code now} on, or refuses and counts it. */
  public void accept(long now, ControllerConfig config) {
    TimedChunk chunk = letterBox.get();
    if (chunk == null || !letterBox.compareAndSet(chunk, null)) {
      return; // Where a newer chunk came in between, the next tick takes it.
    }
    if (chunk.epoch() != epoch) {
      oldEpoch.incrementAndGet();
    } else if (chunk.sequence() <= lastSequence) {
      (chunk.sequence() == lastSequence ? duplicate : stale).incrementAndGet();
    } else if (chunk.end() <= now) {
      late.incrementAndGet();
    } else {
      play(chunk, now, config);
    }
  }

  private void play(TimedChunk chunk, long now, ControllerConfig config) {
    previous = config.fade().isZero() || isEmpty(now) ? null : current;
    fadeStart = now;
    current = chunk;
    lastSequence = chunk.sequence();
    int steps = chunk.actions().steps();
    int horizon = config.executionHorizon() == 0 ? Math.max(1, steps / 2) : config.executionHorizon();
    due = Math.min(chunk.end(), Math.max(chunk.observed(), now) + Math.round(horizon * 1e9 / chunk.rate()));
    accepted.incrementAndGet();
    droppedActions.addAndGet((long) Math.max(0, chunk.position(now)));
  }

  /** Whether there is nothing to play at {@code now}. */
  public boolean isEmpty(long now) {
    return current == null || now >= current.end();
  }

  /** When the next chunk should take over; long ago where the queue is empty at {@code now}. */
  public long due(long now) {
    return isEmpty(now) ? Long.MIN_VALUE / 2 : due;
  }

  /** The chunk being played, or null; any thread. */
  public TimedChunk playing() {
    return current;
  }

  /**
   * Works out the command for the interval from {@code now} on.
   *
   * @param interval how long the command will stand, nanoseconds
   * @param command receives one value a dimension
   * @return false, and {@code command} as it was, where there is nothing to play
   */
  public boolean sample(long now, long interval, ControllerConfig config, double[] command) {
    TimedChunk chunk = current;
    if (isEmpty(now)) {
      moved = false;
      return false;
    }
    double weight = fadeWeight(now, config);
    long until = now + interval;
    long from = moved && movedUntil >= now - interval / 2 ? movedUntil : now;
    for (int i = 0; i < command.length; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      switch (dimension.kind()) {
        case ABSOLUTE -> {
          double value = chunk.value(chunk.position(now), i);
          command[i] = weight < 1 ? blend(previous.value(previous.position(now), i), value, weight) : value;
        }
        case DELTA -> {
          double motion = motion(chunk, from, until, i);
          command[i] = weight < 1 ? blend(motion(previous, from, until, i), motion, weight) : motion;
        }
        case VELOCITY -> {
          // The mean over the interval for which the command stands: what it moves is what the actions would have moved. Where the
          // clock's steps are uneven the command before has stood until now, not until where it was meant to.
          double motion = motion(chunk, now, until, i) / chunk.rate();
          double travel = weight < 1 ? blend(motion(previous, now, until, i) / previous.rate(), motion, weight) : motion;
          command[i] = travel / (interval * 1e-9);
        }
        case GRIPPER -> {
          gripped[i] = dimension.gripper().command(chunk.current(chunk.position(now), i), gripped[i]);
          command[i] = gripped[i];
        }
      }
    }
    moved = true;
    movedUntil = Math.max(from, until);
    return true;
  }

  /** How much of the command is the new chunk's: 0 at the seam, 1 once the old one has faded out. */
  private double fadeWeight(long now, ControllerConfig config) {
    if (previous == null) {
      return 1;
    }
    double weight = (now - fadeStart) * 1e-9 / (config.fade().toNanos() * 1e-9);
    if (!(weight < 1)) {
      previous = null;
      return 1;
    }
    return Math.max(0, weight);
  }

  private static double motion(TimedChunk chunk, long from, long until, int index) {
    return until <= from ? 0 : chunk.sum(chunk.position(until), index) - chunk.sum(chunk.position(from), index);
  }

  private static double blend(double before, double after, double weight) {
    return before + weight * (after - before);
  }
}
