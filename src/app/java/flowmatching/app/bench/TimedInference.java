package flowmatching.app.bench;

import com.sun.management.ThreadMXBean;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.Observation;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Times one inference and its parts in this process. */
final class TimedInference implements AutoCloseable {
  /** Too short to be timed one by one. */
  private static final int OBSERVATIONS = 50;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final PolicySession session;
  private final Inputs inputs;
  private final ObservationEncoder encoder;
  private final Observation observation;
  private final IntegrationPlan plan;
  private final float[] chunk;
  private final boolean[] present;
  private double heapBytes = Double.NaN;

  /** @param width of the robot's pictures, which are random; {@code height} likewise */
  TimedInference(Checkpoint checkpoint, String runtime, RuntimeOptions options, Inputs inputs, int width, int height) {
    FlowMatchingConfig config = checkpoint.config();
    this.session = Runtimes.open(runtime, checkpoint, options);
    this.inputs = inputs;
    this.encoder = new ObservationEncoder(config, PolicyProcessors.none(), session);
    this.observation = observation(config, width, height);
    this.plan = Solver.EULER.plan(config.numSteps());
    this.chunk = new float[inputs.noise().length];
    this.present = new boolean[config.cameras().size()];
  }

  private static Observation observation(FlowMatchingConfig config, int width, int height) {
    Random random = new Random(0);
    Map<String, RgbImage> images = new HashMap<>();
    for (PolicyFeature camera : config.cameras()) {
      byte[] pixels = new byte[3 * width * height];
      random.nextBytes(pixels);
      images.put(camera.key(), new RgbImage(width, height, pixels));
    }
    return new Observation(images, new float[config.stateDim()]);
  }

  String description() {
    return session.description();
  }

  /** The chunk [T, A] of the inputs. */
  float[] chunk() {
    session.images().put(0, inputs.images());
    session.state().put(0, inputs.state());
    infer();
    return chunk.clone();
  }

  /**
   * Milliseconds of a chunk (all cameras, conditioning, every step) and of its parts: vision of one camera, conditioning, one
   * velocity, one observation from pictures to input; and the Java heap that the chunk took, in bytes.
   */
  Map<String, Double> run() {
    if (Double.isNaN(heapBytes)) {
      // Behind another chunk; later ones would bind the plan anew, after the single velocity.
      infer();
      long before = threads.getCurrentThreadAllocatedBytes();
      infer();
      heapBytes = threads.getCurrentThreadAllocatedBytes() - before;
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(Row.CHUNK, millis(this::infer));
    if (present.length > 0) {
      Arrays.fill(present, false);
      present[0] = true;
      figures.put("vision_ms", millis(() -> session.encodeImages(present)));
    }
    figures.put("conditioning_ms", millis(session::encodeState));
    figures.put("velocity_ms", millis(() -> session.velocity(inputs.noise(), 0.5f, chunk)));
    figures.put("observation_ms", millis(this::observe) / OBSERVATIONS);
    figures.put("heap_bytes", heapBytes);
    return figures;
  }

  private void infer() {
    Arrays.fill(present, true);
    System.arraycopy(inputs.noise(), 0, chunk, 0, chunk.length);
    session.encodeImages(present);
    session.encodeState();
    session.integrate(plan, null, chunk);
  }

  private void observe() {
    for (int i = 0; i < OBSERVATIONS; i++) {
      encoder.write(observation);
    }
  }

  private static double millis(Runnable part) {
    long start = System.nanoTime();
    part.run();
    return (System.nanoTime() - start) / 1e6;
  }

  @Override
  public void close() {
    session.close();
  }
}
