package flowmatching.ros.wire;

import com.sun.management.OperatingSystemMXBean;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.rcljava.RcljavaGraph;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Measures what a peer sends, from its stamp to the listener: {@code main N_IMAGES HZ N_JOINTS HZ [rcljava]}. Prints what
 * docs/interop.md quotes. Over rcl where a workspace is sourced, else over Fast DDS.
 */
@SuppressWarnings("try") // a peer is there to be met, not always to be asked
public final class WireFigures {
  private static final OperatingSystemMXBean PROCESS = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final double NANOSECONDS_A_MILLISECOND = 1e6;

  private final Histogram latency = new ConcurrentHistogram(3);
  private final AtomicInteger received = new AtomicInteger();

  private WireFigures() {}

  public static void main(String[] arguments) throws Exception {
    boolean rcljava = arguments.length > 4 && arguments[4].equals("rcljava");
    try (WireGraph node = rcljava ? RcljavaGraph.join(GraphNames.of("/", "figures"), false) : DdsPeer.node("/", "figures")) {
      new WireFigures().images(node, arguments[0], arguments[1]);
      new WireFigures().joints(node, arguments[2], arguments[3]);
    }
  }

  private void images(WireGraph node, String count, String rate) throws Exception {
    Subscription camera = node.subscribe("camera", Image.TYPE, QualityOfService.SENSOR_DATA, image -> took(image.header()));
    measure("images", camera, count, rate);
    camera.close();
  }

  private void joints(WireGraph node, String count, String rate) throws Exception {
    measure("joints",
        node.subscribe("joint_states", JointState.TYPE, QualityOfService.NEWEST, joints -> took(joints.header())), count, rate);
  }

  private void took(Header header) {
    latency.recordValue(Math.max(0, now() - header.stamp().toNanoseconds()));
    received.incrementAndGet();
  }

  private void measure(String what, Subscription subscription, String count, String rate) throws Exception {
    long cpu;
    try (DdsPeer peer = DdsPeer.joined(what, count, rate)) {
      cpu = PROCESS.getProcessCpuTime();
    }
    cpu = PROCESS.getProcessCpuTime() - cpu;
    long overtaken = subscription.dropped();
    if (received.get() + overtaken != Integer.parseInt(count)) {
      throw new IllegalStateException(what + ": expected " + count + ", found " + received.get() + " received, " + overtaken
          + " overtaken, " + subscription.lost() + " lost, " + subscription.refused() + " refused");
    }
    System.out.printf(Locale.ROOT, "%s: %s at %s Hz, none lost, %d overtaken by newer ones; latency p50 %.2f ms, p99 %.2f ms, max %.2f ms; "
        + "CPU of the receiving process %.2f ms each%n",
        what, count, rate, overtaken, milliseconds(50), milliseconds(99), milliseconds(100), cpu / NANOSECONDS_A_MILLISECOND / received.get());
  }

  /** The time of day, nanoseconds, read as the peer reads it. */
  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private double milliseconds(double percentile) {
    return latency.getValueAtPercentile(percentile) / NANOSECONDS_A_MILLISECOND;
  }
}
