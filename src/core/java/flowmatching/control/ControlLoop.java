package flowmatching.control;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One tick: look at the streams, the policy and the queue, work out the command, have it guarded, publish it. Ticks come from a
 * {@link Pace} on one thread. A tick allocates nothing, logs nothing and takes no lock.
 */
final class ControlLoop {
  /** What a tick came to. */
  enum Outcome {
    /** An action was published, or would have been but for {@code shadow}. */
    PLAYED,
    /** The last command was published again, or the robot brought nearer to rest. */
    HELD,
    /** Nothing was published. */
    SILENT
  }

  /** What the loop drives while configured; swapped as one. */
  record Drive(ObservationAssembler observations, PolicyWorker worker) {}

  private final ControlClock clock;
  private final CommandSink sink;
  private final Lifecycle lifecycle;
  private final ActionQueue queue;
  private final CommandGuard guard;
  private final double[] command;
  /** Null where the sink takes commands alone. */
  private final Lookahead lookahead;

  private final AtomicLong published;
  private final AtomicLong repeated;
  private final AtomicLong shadowed;
  private final AtomicLong empty;
  private final AtomicLong sinkFailures;
  private final AtomicLong holds;
  private final AtomicLong clockJumps;

  private volatile ControllerConfig config;
  private volatile ControllerStatus starved;
  private volatile Drive drive;

  private int epoch = Integer.MIN_VALUE;
  private long lastStamp;
  private boolean sent;
  private boolean silenced;
  private boolean starving;
  private long starvingSince;
  private long emptyAt = Long.MIN_VALUE;
  private boolean jumped;
  /** The robot moves as it was told in the last epoch and is brought to rest before this one begins. */
  private boolean braking;
  /** A simulation was reset: the robot is not where commands have led it. */
  private boolean elsewhere;

  ControlLoop(ControllerConfig config, ControlClock clock, CommandSink sink, Lifecycle lifecycle, Counters counters) {
    this.clock = clock;
    this.sink = sink;
    this.lifecycle = lifecycle;
    queue = new ActionQueue(config.dimensions().size(), counters);
    guard = new CommandGuard(config.dimensions(), counters);
    command = new double[config.dimensions().size()];
    long reach = sink.lookahead().toNanos();
    lookahead = reach > 0 ? new Lookahead(queue, guard, config, reach) : null;
    published = counters.named("command.published");
    repeated = counters.named("command.repeated");
    shadowed = counters.named("command.shadowed");
    empty = counters.named("queue.empty");
    sinkFailures = counters.named("command.failed");
    holds = counters.named("holding.entered");
    clockJumps = counters.named("clock.jumped");
    silenced = config.shadow();
    retune(config);
  }

  /** The configuration from the next tick on; any thread. */
  void retune(ControllerConfig next) {
    starved = new ControllerStatus(ControllerState.HOLDING, "no chunk to play for " + next.policyTimeout().toNanos() / 1e9
        + " s: the policy has not answered, or takes longer than its chunks last");
    config = next;
  }

  ControllerConfig config() {
    return config;
  }

  ActionQueue queue() {
    return queue;
  }

  /** What to drive from the next tick on, or null; any thread. */
  void drive(Drive next) {
    drive = next;
  }

  Drive drive() {
    return drive;
  }

  /**
   * One control period; loop thread only.
   *
   * @param stamp the instant, nanoseconds of the graph's clock; later than the last one, or the last one again where nothing was
   *     published for it
   * @param interval until the next tick, nanoseconds
   * @param patient publish nothing rather than hold where the queue is merely empty
   */
  Outcome tick(long stamp, long interval, boolean patient) {
    ControllerStatus status = lifecycle.status(); // before the epoch: who sees a new activation sees its epoch
    ControllerConfig settings = config;
    Drive driven = drive;
    boolean following = isFollowing();
    if (following) {
      lookahead.resume(stamp - lastStamp, settings);
    }
    if (lifecycle.epoch() != epoch) {
      epoch = lifecycle.epoch();
      queue.clear(epoch);
      braking = !following && isPushed() && !elsewhere;
      elsewhere = false;
      if (!braking && (!following || isAtRest())) { // else the robot is not where it is measured but on its way
        guard.restart(settings);
        following = false;
      }
      starving = false;
    } else if (braking && !isPushed()) {
      braking = false;
      guard.restart(settings);
    }
    if (lookahead != null && !following) {
      lookahead.restart();
    }
    boolean commanding = status.state() == ControllerState.ACTIVE || status.state() == ControllerState.HOLDING;
    if (commanding && driven != null && changeShadow(settings)) {
      return braking ? hold(stamp, interval, settings) : play(status, driven, stamp, interval, patient, settings);
    }
    starving = false;
    jumped = false;
    if (!isAtRest()) {
      return hold(stamp, interval, settings);
    }
    settle();
    return Outcome.SILENT;
  }

  /** A robot that was to be brought to rest, and stands, is inactive; loop thread only. */
  void settle() {
    ControllerStatus status = lifecycle.status();
    if (status.state() == ControllerState.STOPPING && !status.latched() && isAtRest()) {
      lifecycle.move(status, new ControllerStatus(ControllerState.INACTIVE, status.reason()));
    }
  }

  /**
   * Falls silent once the robot stands, and begins again from where it is measured: what was commanded in silence it never did.
   *
   * @return false while the robot is still being brought to rest
   */
  private boolean changeShadow(ControllerConfig settings) {
    if (settings.shadow() == silenced) {
      return true;
    }
    if (settings.shadow() && !isAtRest()) {
      return false;
    }
    silenced = settings.shadow();
    guard.forget();
    return true;
  }

  /** Whether the robot has a trajectory: without further commands it moves on along it and comes to rest. */
  private boolean isFollowing() {
    return lookahead != null && sent && !silenced && guard.isAnchored();
  }

  /** Whether the robot moves by single commands: without further ones it stops where the last has led it, at once. */
  private boolean isPushed() {
    return lookahead == null && !silenced && guard.isAnchored() && !guard.isAtRest();
  }

  private Outcome play(
      ControllerStatus status, Drive driven, long stamp, long interval, boolean patient, ControllerConfig settings) {
    boolean ready = driven.worker().isReady(); // before the letter box: who has answered is not asked again
    queue.accept(stamp, settings);
    ControllerStatus lost = driven.observations().lost(stamp);
    if (ready && lost == null && stamp + interval + driven.worker().delay() >= queue.due(stamp)) {
      driven.worker().request();
    }
    ControllerStatus wanted = trouble(lost, driven, stamp, settings);
    wanted = wanted == null ? lifecycle.active() : wanted;
    if (wanted != status) {
      if (!lifecycle.move(status, wanted)) {
        return Outcome.SILENT; // Somebody asked for another state just now; the next tick sees to it.
      }
      if (wanted.state() == ControllerState.HOLDING && status.state() == ControllerState.ACTIVE) {
        holds.incrementAndGet();
      }
    }
    if (wanted.state() == ControllerState.HOLDING) {
      queue.drop(); // What was predicted from another world is not resumed.
      return hold(stamp, interval, settings);
    }
    if (!queue.sample(stamp, interval, settings, command)) {
      if (stamp != emptyAt) { // a tick that waits for its chunk looks many times
        empty.incrementAndGet();
        emptyAt = stamp;
      }
      return patient ? Outcome.SILENT : hold(stamp, interval, settings);
    }
    jumped = false;
    if (guard.check(command, settings, driven.observations().state(), seconds(stamp, interval, settings)) == Verdict.REJECTED) {
      return hold(stamp, interval, settings);
    }
    if (lookahead != null) {
      lookahead.play(stamp, settings);
    }
    publish(stamp);
    return Outcome.PLAYED;
  }

  /** Why the robot should be held, or null. */
  private ControllerStatus trouble(ControllerStatus lost, Drive driven, long stamp, ControllerConfig settings) {
    boolean nothing = queue.isEmpty(stamp);
    long now = clock.monotonic();
    boolean fed = !nothing || lost != null; // without observations there is nobody to wait for
    if (!fed && !starving) {
      starvingSince = now;
    }
    starving = !fed;
    if (jumped && nothing) {
      return ControllerStatus.CLOCK_JUMPED;
    }
    if (lost != null) {
      return lost;
    }
    ControllerStatus failure = driven.worker().failure();
    if (failure != null) {
      return failure;
    }
    return nothing && now - starvingSince > settings.policyTimeout().toNanos() ? starved : null;
  }

  private Outcome hold(long stamp, long interval, ControllerConfig settings) {
    if (!guard.hold(command, settings, measured(), seconds(stamp, interval, settings))) {
      return Outcome.SILENT;
    }
    if (lookahead != null) {
      lookahead.hold(settings);
    }
    publish(stamp);
    return Outcome.HELD;
  }

  private float[] measured() {
    Drive driven = drive;
    return driven == null ? null : driven.observations().state();
  }

  /**
   * For how long the robot may have moved since the last command. Never more than one interval: after a pause it stands, and a
   * command may not make up for the pause. On a trajectory the robot is where that leads,
   * and moves on for a period.
   */
  private double seconds(long stamp, long interval, ControllerConfig settings) {
    if (lookahead != null) {
      return settings.period() * 1e-9;
    }
    return (sent ? Math.max(0, Math.min(interval, stamp - lastStamp)) : interval) * 1e-9;
  }

  private void publish(long stamp) {
    sent = true;
    lastStamp = stamp;
    if (silenced) {
      shadowed.incrementAndGet();
      return;
    }
    try {
      if (lookahead == null) {
        sink.publish(command, stamp);
      } else {
        sink.publish(lookahead.trajectory(), stamp);
      }
      published.incrementAndGet();
    } catch (RuntimeException e) {
      sinkFailures.incrementAndGet();
      lifecycle.fail("a command could not be published: " + e);
    }
  }

  /** Publishes the command of an instant once more, where it had one; loop thread only. */
  void repeat(long stamp) {
    ControllerState state = lifecycle.status().state();
    boolean commanding = state == ControllerState.ACTIVE || state == ControllerState.HOLDING;
    if (sent && lastStamp == stamp && commanding && lifecycle.epoch() == epoch) {
      repeated.incrementAndGet();
      publish(stamp);
    }
  }

  /** Begins anew after the clock jumped; loop thread only. The robot is held until there are new samples and a new chunk. */
  void clockJumped() {
    clockJumps.incrementAndGet();
    Drive driven = drive;
    if (driven != null) {
      driven.observations().forgetAfter(clock.now());
    }
    lifecycle.beginEpoch(); // after the samples are gone: a chunk of the new epoch was not predicted from them
    sent = false;
    jumped = true;
    elsewhere = config.useSimTime();
  }

  /** Becomes inactive where it was active, with this reason; any thread. */
  void disarm(String reason) {
    lifecycle.disarm(reason);
  }

  /** Whether every joint was left standing, with no trajectory that leads on; loop thread only. */
  boolean isAtRest() {
    return guard.isAtRest() && (lookahead == null || lookahead.isAtRest());
  }

  /** The last command of all: what still rolls is told to stop. A trajectory leads to rest by itself, and more gently. */
  void finish() {
    if (!isFollowing() && !guard.isAtRest() && guard.halt(command, config, measured())) {
      publish(clock.now());
    }
  }
}
