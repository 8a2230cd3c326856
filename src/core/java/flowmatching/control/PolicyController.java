package flowmatching.control;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.PolicySpec;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Drives a robot with a policy: takes images and states, publishes commands, and answers for the state in between. All values are
 * in the robot's units, also the policy's.
 *
 * <pre>{@code
 * PolicyController controller = new PolicyController(config, clock, sink, chunk -> {}, threads);
 * controller.configure(policy);            // inactive
 * controller.offerState(positions, stamp); // from the graph's callbacks, as are images
 * controller.activate("~/enable");         // commands follow as soon as each stream is there
 * }</pre>
 *
 * <p>All methods may be called from any thread. {@link #emergencyStop} and the {@code offer} methods never wait.
 */
public final class PolicyController implements AutoCloseable {
  private static final Duration INFERENCE_PATIENCE = Duration.ofMillis(1500);

  private final ControlClock clock;
  private final ChunkListener listener;
  private final ThreadFactory threads;
  private final Telemetry telemetry = new Telemetry();
  private final Lifecycle lifecycle = new Lifecycle();
  private final ControlLoop loop;
  private final Pace pace;
  private final LoopThread loopThread;
  private final AtomicLong unconfigured;
  private PolicySpec spec;

  /**
   * A controller in state {@link ControllerState#UNCONFIGURED}; its loop thread starts here, its worker thread with each
   * {@link #configure}.
   *
   * @param clock with {@code useSimTime} only its monotonic time is used
   * @param listener hears of every chunk; {@code chunk -> {}} for none
   * @param threads makes the loop's thread first, then one for each policy; daemon threads, so that a policy that never returns
   *     does not keep the process
   */
  public PolicyController(
      ControllerConfig config, ControlClock clock, CommandSink sink, ChunkListener listener, ThreadFactory threads) {
    this(config, clock, sink, listener, threads, true);
  }

  private PolicyController(
      ControllerConfig config, ControlClock clock, CommandSink sink, ChunkListener listener, ThreadFactory threads,
      boolean start) {
    SimulatedClock simulated = config.useSimTime() ? new SimulatedClock(clock) : null;
    this.clock = simulated == null ? clock : simulated;
    this.listener = listener;
    this.threads = start ? threads : null;
    unconfigured = telemetry.counters().named("stream.unconfigured");
    loop = new ControlLoop(config, this.clock, sink, lifecycle, telemetry.counters());
    pace = simulated == null ? new WallPace(loop, clock, telemetry) : new SimulatedPace(loop, simulated, telemetry);
    loopThread = start ? new LoopThread(loop, pace, lifecycle, telemetry.counters(), threads) : null;
    if (start) {
      loopThread.start();
    }
  }

  /** A controller without threads: {@link #step} and {@link #worker} are called by a test. */
  static PolicyController withoutThreads(ControllerConfig config, ControlClock clock, CommandSink sink, ChunkListener listener) {
    return new PolicyController(config, clock, sink, listener, null, false);
  }

  /** What the loop thread would do next. */
  long step() {
    return pace.step();
  }

  PolicyWorker worker() {
    return loop.drive().worker();
  }

  /**
   * Takes a policy and becomes inactive, or active where the configuration says {@code autostart}. From here on the controller
   * owns the policy and closes it on its worker thread.
   *
   * @return refused, and the policy still the caller's, where the controller has one already
   * @throws BadInputException where the policy does not fit the configuration or nobody knows its action rate; the policy stays
   *     the caller's
   */
  public synchronized Transition configure(ChunkPolicy policy) {
    Transition refusal = lifecycle.refuseToConfigure();
    if (refusal != null) {
      return refusal;
    }
    PolicyFit.require(policy.spec(), config());
    spec = policy.spec();
    ObservationAssembler observations =
        new ObservationAssembler(spec, config(), clock, telemetry.counters(), this::wakeIfSimulated);
    PolicyWorker worker = new PolicyWorker(
        policy, observations, loop.queue(), lifecycle, clock, loop::config, listener, telemetry, this::wakeIfSimulated);
    if (threads != null) {
      worker.start(threads);
    }
    loop.drive(new ControlLoop.Drive(observations, worker));
    Transition transition = lifecycle.configured();
    // Where an emergency stop came in between it stays inactive, but it has taken the policy.
    return config().autostart() && activate("autostart").accepted() ? new Transition(true, "active") : transition;
  }

  /**
   * Replaces the policy from the next chunk on; the old one is closed by the worker thread.
   *
   * @throws BadInputException where cameras, state or action differ from those of the policy in use, or there is none; the new
   *     policy stays the caller's
   */
  public synchronized void setPolicy(ChunkPolicy policy) {
    if (loop.drive() == null) {
      throw new BadInputException("there is no policy to replace: configure the controller first");
    }
    PolicySpec next = policy.spec();
    PolicyFit.require(next, config());
    PolicyFit.requireSameInput(spec, next);
    spec = next;
    loop.drive().worker().setPolicy(policy);
  }

  /**
   * Other tunables, from the next tick or chunk on; see {@link ControllerConfig} for which.
   *
   * @throws BadInputException where something differs that is fixed; nothing has changed then
   */
  public synchronized void retune(ControllerConfig next) {
    config().requireSameFixedParts(next);
    loop.retune(next);
  }

  /** The configuration in force. */
  public ControllerConfig config() {
    return loop.config();
  }

  /** Inactive becomes active: the policy commands the robot as soon as every stream is there. Accepted where it does already. */
  public Transition activate(String reason) {
    return woken(lifecycle.activate(reason));
  }

  /** Brings the robot to rest within its acceleration limits; inactive once it stands. Accepted where it is. */
  public Transition deactivate(String reason) {
    return woken(lifecycle.deactivate(reason));
  }

  /**
   * Begins a new episode: the policy forgets, nothing predicted before is played, and the next command starts from where the
   * robot is measured, once one that moves has come to rest. An active controller stays active; an emergency stop or an error becomes
   * inactive.
   */
  public Transition reset(String reason) {
    return woken(lifecycle.reset(reason));
  }

  /** Brings the robot to rest from every state, and keeps it there until {@link #reset}. */
  public Transition emergencyStop(String reason) {
    return woken(lifecycle.emergencyStop(reason));
  }

  /** Inactive becomes unconfigured; the worker closes the policy. Waits for an inference in progress, 1.5 s at the most. */
  public synchronized Transition cleanup(String reason) {
    Transition transition = lifecycle.cleanup(reason);
    if (transition.accepted()) {
      releasePolicy();
    }
    return transition;
  }

  private void releasePolicy() {
    ControlLoop.Drive drive = loop.drive();
    loop.drive(null);
    spec = null;
    if (drive != null) {
      drive.worker().close(INFERENCE_PATIENCE);
    }
  }

  /**
   * A picture for the policy. One of an unknown camera, or without a policy, is counted and dropped.
   *
   * @param key the feature's key, for example {@code observation.images.front}
   * @param stamp when it was taken, nanoseconds of the graph's clock; 0 where the driver does not say
   */
  public void offerImage(String key, RgbImage image, long stamp) {
    ControlLoop.Drive drive = loop.drive();
    if (drive == null) {
      unconfigured.incrementAndGet();
    } else {
      drive.observations().offerImage(key, image, stamp);
    }
  }

  /**
   * A state for the policy and the guard. One of another length, or with a value that is not finite, is counted and dropped.
   *
   * @param state {@code observation.state} in the robot's units; copied
   * @param stamp when it was measured, nanoseconds of the graph's clock; 0 where the driver does not say
   */
  public void offerState(float[] state, long stamp) {
    ControlLoop.Drive drive = loop.drive();
    if (drive == null) {
      unconfigured.incrementAndGet();
    } else {
      drive.observations().offerState(state, stamp);
    }
  }

  /**
   * A stamp of /clock; the first, even 0, starts time, a smaller one than the last sets it back.
   *
   * @throws IllegalStateException without {@code useSimTime}
   */
  public void onClock(long stamp) {
    if (!(pace instanceof SimulatedPace simulated)) {
      throw new IllegalStateException("simulated time is off: set useSimTime");
    }
    simulated.onClock(stamp);
    wakeIfSimulated();
  }

  /** What the controller is doing, and why. */
  public ControllerStatus status() {
    return lifecycle.status();
  }

  /** Whether the policy is at a chunk. */
  public boolean isPredicting() {
    ControlLoop.Drive drive = loop.drive();
    return drive != null && drive.worker().isBusy();
  }

  /** Every drop, refusal and verdict by name, in a fixed order, counted since the controller was made. */
  public Map<String, Long> counters() {
    return telemetry.counters().snapshot();
  }

  /** {@code chunk_duration}, {@code observation_age} and {@code publish_lateness}, recorded since the controller was made. */
  public Map<String, Latency> latencies() {
    return telemetry.latencies();
  }

  /**
   * Brings the robot to rest, ends both threads and has the policy closed; waits 3 s at the most. Nothing is accepted after it.
   */
  @Override
  public synchronized void close() {
    lifecycle.deactivate("shutdown");
    if (loopThread != null) {
      loopThread.close();
    }
    lifecycle.close();
    releasePolicy();
  }

  private Transition woken(Transition transition) {
    wakeIfSimulated();
    return transition;
  }

  /** Under simulated time the loop sleeps until something happens; otherwise it has its deadlines. */
  private void wakeIfSimulated() {
    if (loopThread != null && pace instanceof SimulatedPace) {
      loopThread.wake();
    }
  }
}
