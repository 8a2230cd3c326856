package flowmatching.control;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The chunk that is being played, those that fade out under it, and a letter box for the next. Chunks may be offered by any
 * thread; all else belongs to the loop, which never waits and allocates nothing.
 *
 * <p>A chunk is placed by its observation's time. What lies before now is dropped; {@code executionHorizon} actions later the
 * next chunk is due, but until it comes the rest of this one is played.
 */
public final class ActionQueue {
  /** Chunks that may fade out at once; where more would, the oldest is left out, of which little is left by then. */
  private static final int FADING = 16;

  private final AtomicReference<TimedChunk> letterBox = new AtomicReference<>();
  private final AtomicLong accepted;
  private final AtomicLong oldEpoch;
  private final AtomicLong duplicate;
  private final AtomicLong stale;
  private final AtomicLong late;
  private final AtomicLong superseded;
  private final AtomicLong droppedActions;

  private volatile TimedChunk current;
  /** The chunks that fade out, the oldest first: each into the one after it, the last into the current one. */
  private final TimedChunk[] fading = new TimedChunk[FADING];
  /** When each began to fade. */
  private final long[] seams = new long[FADING];
  private int fades;
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
    forget(fades);
    moved = false;
  }

  /** Takes over what another queue of the same dimension plays, so that it can be sampled without changing that queue. */
  void become(ActionQueue other) {
    current = other.current;
    fades = other.fades;
    System.arraycopy(other.fading, 0, fading, 0, fades);
    System.arraycopy(other.seams, 0, seams, 0, fades);
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
    if (config.fade().isZero() || isEmpty(now)) {
      forget(fades);
    } else {
      forget(fades == FADING ? 1 : 0);
      fading[fades] = current;
      seams[fades++] = now;
    }
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
    forgetFaded(now, config);
    long until = now + interval;
    long from = moved && movedUntil >= now - interval / 2 ? movedUntil : now;
    for (int i = 0; i < command.length; i++) {
      ActionDimension dimension = config.dimensions().get(i);
      if (dimension.kind() == ActionKind.GRIPPER) {
        gripped[i] = dimension.gripper().command(chunk.current(chunk.position(now), i), gripped[i]);
        command[i] = gripped[i];
      } else {
        command[i] = faded(dimension.kind(), now, dimension.kind() == ActionKind.DELTA ? from : now, until, config, i);
      }
    }
    moved = true;
    movedUntil = Math.max(from, until);
    return true;
  }

  /** The command for a joint: the oldest chunk's, faded into that of each newer one. */
  private double faded(ActionKind kind, long now, long from, long until, ControllerConfig config, int index) {
    double value = command(kind, fades > 0 ? fading[0] : current, from, until, index);
    for (int k = 0; k < fades; k++) {
      double newer = command(kind, k + 1 < fades ? fading[k + 1] : current, from, until, index);
      value += weight(k, kind, now, config) * (newer - value);
    }
    return value;
  }

  private static double command(ActionKind kind, TimedChunk chunk, long from, long until, int index) {
    return switch (kind) {
      case ABSOLUTE -> chunk.value(chunk.position(from), index);
      case DELTA -> motion(chunk, from, until, index);
      // The mean over the interval for which the command stands: what it moves is what the actions would have moved. Where the
      // clock's steps are uneven the command before has stood until now, not until where it was meant to.
      default -> motion(chunk, from, until, index) / chunk.rate() / ((until - from) * 1e-9);
    };
  }

  /** How much of the command is the newer chunk's: 0 at the seam, 1 once the older one has faded out. */
  private double weight(int k, ActionKind kind, long now, ControllerConfig config) {
    long length = config.fade().toNanos();
    if (kind != ActionKind.ABSOLUTE) {
      // A position stays where a chunk has ended; a motion that has ended is none, and would slow down the one that follows.
      length = Math.min(length, fading[k].end() - seams[k]);
    }
    return length <= 0 ? 1 : Math.max(0, Math.min(1, (double) (now - seams[k]) / length));
  }

  /** Lets go of what is not heard any more. */
  private void forgetFaded(long now, ControllerConfig config) {
    int done = fades;
    while (done > 0 && weight(done - 1, ActionKind.ABSOLUTE, now, config) < 1) {
      done--;
    }
    forget(done);
  }

  /** Lets go of the oldest chunks that fade. */
  private void forget(int oldest) {
    fades -= oldest;
    System.arraycopy(fading, oldest, fading, 0, fades);
    System.arraycopy(seams, oldest, seams, 0, fades);
    Arrays.fill(fading, fades, fades + oldest, null);
  }

  private static double motion(TimedChunk chunk, long from, long until, int index) {
    return until <= from ? 0 : chunk.sum(chunk.position(until), index) - chunk.sum(chunk.position(from), index);
  }
}
