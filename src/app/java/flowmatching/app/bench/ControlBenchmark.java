package flowmatching.app.bench;

import com.sun.management.ThreadMXBean;
import flowmatching.control.ActionDimension;
import flowmatching.control.ActionKind;
import flowmatching.control.ControlClock;
import flowmatching.control.ControllerConfig;
import flowmatching.control.JointLimits;
import flowmatching.control.PolicyController;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicySpec;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How punctual the control loop is while inference runs without a pause on the same cores, beside a bare loop that only parks
 * until each deadline: both at the same rate, at the same time, under the same load.
 */
public final class ControlBenchmark {
  private static final double RATE = 200;
  private static final long PERIOD = (long) (1e9 / RATE);
  private static final long WARM_UP = 3_000_000_000L;

  private final FlowMatchingPolicy policy;
  private final PolicySpec spec;

  /**
   * What was measured.
   *
   * @param bare lateness of the bare loop, microseconds
   * @param control lateness of the control loop, from deadline to the command handed over, microseconds
   * @param longestGap between two commands, milliseconds
   * @param gaps gaps of more than two periods
   * @param bareGaps the same of the bare loop
   * @param bytesPerTick Java heap that a tick takes, in the median second
   * @param bytes Java heap that the loop's thread took in all
   * @param chunks predicted meanwhile
   */
  public record Result(Histogram bare, Histogram control, double longestGap, int gaps, int bareGaps, double bytesPerTick, long bytes, long chunks) {
    /** 99th percentile of the control loop's lateness over the bare loop's. */
    public double p99Ratio() {
      return control.getValueAtPercentile(99) / (double) Math.max(1, bare.getValueAtPercentile(99));
    }
  }

  /** @param policy is closed at the end */
  public ControlBenchmark(FlowMatchingPolicy policy) {
    this.policy = policy;
    this.spec = policy.spec();
  }

  /** Times one loop's wake-ups against its deadlines; allocates nothing while it runs. */
  private static final class Lateness {
    final Histogram microseconds = new Histogram(1, 60_000_000, 3);
    private long lastDeadline;
    private long last;
    private int gaps;
    private long longestGap;

    /** @param deadline the newest that has passed; the first one missed before it is what lateness counts from */
    void record(long deadline, long now) {
      long due = lastDeadline == 0 ? deadline : Math.min(deadline, lastDeadline + PERIOD);
      lastDeadline = deadline;
      microseconds.recordValue(Math.max(0, (now - due) / 1000));
      if (last != 0) {
        longestGap = Math.max(longestGap, now - last);
        gaps += now - last > 2 * PERIOD ? 1 : 0;
      }
      last = now;
    }
  }

  public Result run(int seconds) throws InterruptedException {
    List<ActionDimension> dimensions = new ArrayList<>();
    for (int i = 0; i < spec.actionSize(); i++) {
      dimensions.add(new ActionDimension("joint_" + i, ActionKind.ABSOLUTE, ActionDimension.NOT_MEASURED, new JointLimits(-1e3, 1e3, 1e6, 1e9)));
    }
    // With a horizon of one action the next chunk is always due: inference never pauses.
    ControllerConfig config =
        ControllerConfig.builder(dimensions).controlRate(RATE).actionRate(spec.actionRate().orElse(10)).executionHorizon(1).autostart(true).build();
    ControlClock clock = ControlClock.system();
    long start = clock.monotonic() + WARM_UP;
    long end = start + seconds * 1_000_000_000L;
    Lateness control = new Lateness();
    AtomicReference<Thread> loopThread = new AtomicReference<>();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PolicyController controller = new PolicyController(
        config, clock,
        (command, stamp) -> {
          long now = clock.monotonic();
          if (now >= start && now < end) {
            // The stamp is the deadline on the wall clock; both clocks are read here to bring it back.
            control.record(stamp - clock.now() + now, now);
          }
        },
        chunk -> {},
        runnable -> {
          Thread thread = new Thread(runnable);
          thread.setDaemon(true);
          loopThread.compareAndSet(null, thread);
          return thread;
        });
    Lateness bare = new Lateness();
    CountDownLatch done = new CountDownLatch(1);
    Thread bareThread = new Thread(() -> bareLoop(bare, start, end, done), "bare loop");
    bareThread.setDaemon(true);
    controller.configure(policy);
    bareThread.start();
    feed(controller, clock, start);
    // The compiler charges a thread a few kB now and then; the median second shows what ticks take.
    long[] bytes = new long[seconds];
    for (int second = 0; second < seconds; second++) {
      long before = threads.getThreadAllocatedBytes(loopThread.get().getId());
      feed(controller, clock, start + (second + 1) * 1_000_000_000L);
      bytes[second] = threads.getThreadAllocatedBytes(loopThread.get().getId()) - before;
    }
    long chunks = controller.counters().getOrDefault("chunk.predicted", 0L);
    done.await();
    controller.close();
    long total = Arrays.stream(bytes).sum();
    Arrays.sort(bytes);
    return new Result(
        bare.microseconds, control.microseconds, control.longestGap / 1e6, control.gaps, bare.gaps, bytes[seconds / 2] / RATE, total, chunks);
  }

  private static void bareLoop(Lateness lateness, long start, long end, CountDownLatch done) {
    long deadline = start + PERIOD / 2;
    while (deadline < end) {
      long now;
      while ((now = System.nanoTime()) < deadline) {
        LockSupport.parkNanos(deadline - now);
      }
      deadline += PERIOD * ((now - deadline) / PERIOD);
      lateness.record(deadline, now);
      deadline += PERIOD;
    }
    done.countDown();
  }

  /** Offers pictures and states at 30 Hz until an instant. */
  private void feed(PolicyController controller, ControlClock clock, long until) {
    Map<String, RgbImage> pictures = new HashMap<>();
    for (PolicyFeature camera : spec.cameras()) {
      pictures.put(camera.key(), new RgbImage(camera.width(), camera.height(), new byte[3 * camera.width() * camera.height()]));
    }
    float[] state = new float[spec.stateSize()];
    while (clock.monotonic() < until) {
      long stamp = clock.now();
      pictures.forEach((key, picture) -> controller.offerImage(key, picture, stamp));
      if (spec.stateSize() > 0) {
        controller.offerState(state, stamp);
      }
      LockSupport.parkNanos(Math.min(33_000_000, Math.max(1, until - clock.monotonic())));
    }
  }
}
