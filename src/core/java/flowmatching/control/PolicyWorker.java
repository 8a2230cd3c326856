package flowmatching.control;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Owns the policy on a thread of its own. The loop asks for a chunk and goes on playing; the chunk comes through the queue's
 * letter box. A policy that fails is asked again after a while, one that never returns is only ever waited for here.
 */
final class PolicyWorker {
  private static final Logger LOGGER = LogManager.getLogger(PolicyWorker.class);
  /** Between a failure and the next attempt, nanoseconds of the monotonic clock. */
  static final long RETRY = 500_000_000;

  private final ObservationAssembler observations;
  private final ActionQueue queue;
  private final Lifecycle lifecycle;
  private final ControlClock clock;
  private final Supplier<ControllerConfig> config;
  private final ChunkListener listener;
  private final Runnable delivered;
  private final AtomicLong sequence;
  private final Latency durations;
  private final Latency ages;
  private final AtomicLong predicted;
  private final AtomicLong unusable;
  private final AtomicLong failures;
  private final AtomicLong listenerFailures;

  private final PolicyHolder policies;
  private final InferenceDelay delay = new InferenceDelay();
  private int policyEpoch;
  private Thread thread;

  private volatile boolean busy;
  private volatile boolean closed;
  private volatile long requestedAt;
  private volatile long retryAt = Long.MIN_VALUE;
  private volatile ControllerStatus failure;

  PolicyWorker(ChunkPolicy policy, ObservationAssembler observations, ActionQueue queue, Lifecycle lifecycle, ControlClock clock,
      Supplier<ControllerConfig> config, ChunkListener listener, Telemetry telemetry, Runnable delivered) {
    policies = new PolicyHolder(policy);
    this.observations = observations;
    this.queue = queue;
    this.lifecycle = lifecycle;
    this.clock = clock;
    this.config = config;
    this.listener = listener;
    this.delivered = delivered;
    policyEpoch = lifecycle.epoch() - 1;
    sequence = telemetry.sequence();
    durations = telemetry.chunkDuration();
    ages = telemetry.observationAge();
    predicted = telemetry.counters().named("chunk.predicted");
    unusable = telemetry.counters().named("chunk.refused.unusable");
    failures = telemetry.counters().named("policy.failed");
    listenerFailures = telemetry.counters().named("listener.failed");
  }

  /** Starts the thread. */
  void start(ThreadFactory threads) {
    thread = threads.newThread(this::run);
    thread.start();
  }

  /** Whether a request would be taken up now. Loop only. */
  boolean isReady() {
    return !busy && (retryAt == Long.MIN_VALUE || clock.monotonic() - retryAt >= 0);
  }

  /** Whether a request is being answered; any thread. */
  boolean isBusy() {
    return busy;
  }

  /** Asks for a chunk; the loop has seen {@link #isReady}. Loop only; allocates nothing and does not wait. */
  void request() {
    requestedAt = clock.now();
    busy = true;
    LockSupport.unpark(thread);
  }

  /**
   * How long before it is needed a chunk should be requested, nanoseconds of the graph's clock: the longest of the recent ones.
   */
  long delay() {
    return delay.longest();
  }

  /** Why the policy gave nothing at the last attempt; null where it did. */
  ControllerStatus failure() {
    return failure;
  }

  /** Hands over to another policy after the inference in progress; whichever is not used any more is closed on this thread. */
  void setPolicy(ChunkPolicy next) {
    policies.succeed(next);
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      if (!step()) {
        LockSupport.park(this);
      }
    }
    policies.closeAll();
  }

  /** One round of the thread; false where there was nothing to do. */
  boolean step() {
    boolean adopted = policies.adopt();
    if (adopted) {
      policyEpoch = lifecycle.epoch() - 1; // so that it is reset before it is asked
      delay.clear();
    }
    if (!busy) {
      return adopted;
    }
    try {
      predict();
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      busy = false; // after the chunk is in the letter box, so that the loop never asks for one too many
    }
    delivered.run();
    return true;
  }

  private void predict() {
    ChunkPolicy policy = policies.current();
    int epoch = lifecycle.epoch();
    if (epoch != policyEpoch) {
      policy.reset();
      policyEpoch = epoch; // after it: a reset that fails is done again before the policy is asked
    }
    long now = clock.now();
    TimedObservation observation = observations.assemble(now);
    if (observation == null) {
      return; // The sample grew too old on the way here; the loop says so at its next tick.
    }
    ages.record(now - observation.oldest());
    ControllerConfig settings = config.get();
    double rate = PolicyFit.actionRate(policy.spec(), settings);
    long started = clock.monotonic();
    ActionChunk actions = policy.predict(observation.observation(), prefix(observation.stamp(), now, epoch, rate, settings));
    if (closed) {
      return; // left behind: the loop belongs to another by now
    }
    long duration = clock.monotonic() - started;
    durations.record(duration);
    predicted.incrementAndGet();
    TimedChunk chunk = place(actions, observation.stamp(), rate, epoch, duration, settings);
    if (epoch == lifecycle.epoch()) {
      delay.add(clock.now() - requestedAt); // after a reset the clock may be another
    }
    failure = null;
    retryAt = Long.MIN_VALUE;
    queue.offer(chunk);
    tell(chunk);
  }

  private TimedChunk place(ActionChunk actions, long stamp, double rate, int epoch, long duration, ControllerConfig settings) {
    try {
      return new TimedChunk(actions, stamp, rate, epoch, sequence.incrementAndGet(), duration, settings.dimensions());
    } catch (BadInputException e) {
      unusable.incrementAndGet();
      throw e;
    }
  }

  /** What remains of the chunk being played; null where it is another episode's or runs at another rate. */
  private ActionPrefix prefix(long stamp, long now, int epoch, double rate, ControllerConfig settings) {
    TimedChunk playing = queue.playing();
    if (playing == null || playing.epoch() != epoch || playing.rate() != rate) {
      return null;
    }
    ActionChunk remaining = playing.remaining(stamp);
    if (remaining == null) {
      return null;
    }
    long inferenceDelay = (long) Math.ceil((now - stamp + delay.longest()) * 1e-9 * rate);
    int horizon = settings.executionHorizon() == 0 ? Math.max(1, playing.actions().steps() / 2) : settings.executionHorizon();
    return new ActionPrefix(remaining, (int) Math.min(inferenceDelay, remaining.steps()), Math.min(horizon, remaining.steps()));
  }

  private void tell(TimedChunk chunk) {
    try {
      listener.predicted(chunk);
    } catch (RuntimeException e) {
      if (listenerFailures.getAndIncrement() == 0) {
        LOGGER.warn("the listener for predicted chunks failed; further failures are only counted", e);
      }
    }
  }

  private void fail(Throwable cause) {
    if (closed) {
      LOGGER.warn("the policy failed after it was closed", cause);
      return;
    }
    failures.incrementAndGet();
    String reason = "the policy failed: " + (cause instanceof BadInputException ? cause.getMessage() : cause.toString());
    if (failure == null || !withoutNumbers(failure.reason()).equals(withoutNumbers(reason))) {
      LOGGER.warn(reason, cause); // once, however often it is tried again, and though each cut-off picture has another length
      failure = new ControllerStatus(ControllerState.HOLDING, reason);
    }
    retryAt = clock.monotonic() + RETRY;
    if (cause instanceof Error) {
      lifecycle.fail(reason);
    }
  }

  private static String withoutNumbers(String reason) {
    return reason.replaceAll("[0-9]+", "#");
  }

  /**
   * Ends the thread and closes the policy on it. Where an inference does not return in time the thread is left behind, and closes
   * the policy whenever it does: freeing memory under a running inference would take the process down.
   */
  void close(Duration patience) {
    closed = true;
    if (thread == null) {
      policies.closeAll();
      return;
    }
    LockSupport.unpark(thread);
    try {
      thread.join(patience.toMillis());
      if (thread.isAlive()) {
        LOGGER.warn("the policy has not returned from its inference for {}; it is left behind", patience);
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
