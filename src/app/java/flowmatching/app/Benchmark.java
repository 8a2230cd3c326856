package flowmatching.app;

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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Times the parts of one inference. */
public final class Benchmark implements AutoCloseable {
  private static final int WARM_UP = 3;
  private static final int OBSERVATION_WARM_UP = 200;

  private final FlowMatchingConfig config;
  private final PolicySession session;
  private final ObservationEncoder encoder;
  private final Observation observation;
  private final float[] noise;
  private final float[] chunk;
  private final boolean[] present;
  private final IntegrationPlan plan;
  private long firstChunkMillis;

  /** Figures of one part, in milliseconds. */
  public record Result(String name, double medianMillis, double minMillis, double maxMillis) {}

  /** Pictures of {@code width} by {@code height} pixels and a state, all random. */
  public Benchmark(Checkpoint checkpoint, String runtime, RuntimeOptions options, int width, int height) {
    config = checkpoint.config();
    session = Runtimes.open(runtime, checkpoint, options);
    encoder = new ObservationEncoder(config, PolicyProcessors.none(), session);
    Random random = new Random(0);
    Map<String, RgbImage> images = new HashMap<>();
    for (PolicyFeature camera : config.cameras()) {
      byte[] pixels = new byte[3 * width * height];
      random.nextBytes(pixels);
      images.put(camera.key(), new RgbImage(width, height, pixels));
    }
    float[] state = new float[config.stateDim()];
    for (int i = 0; i < state.length; i++) {
      state[i] = (float) random.nextGaussian();
    }
    observation = new Observation(images, state);
    noise = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    chunk = new float[noise.length];
    present = new boolean[config.cameras().size()];
    plan = Solver.EULER.plan(config.numSteps());
  }

  public String description() {
    return session.description();
  }

  /** Medians over {@code runs} runs of each part; {@code chunk} is all cameras, conditioning and every step, without the resize. */
  public List<Result> run(int runs) {
    List<Result> results = new ArrayList<>();
    encoder.write(observation);
    chunk();
    firstChunkMillis = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    if (present.length > 0) {
      results.add(time("vision", runs, WARM_UP, () -> {
        Arrays.fill(present, false);
        present[0] = true;
        session.encodeImages(present);
      }));
    }
    results.add(time("conditioning", runs, WARM_UP, session::encodeState));
    results.add(time("velocity", runs, WARM_UP, () -> session.velocity(noise, 0.5f, chunk)));
    results.add(time("chunk", runs, WARM_UP, this::chunk));
    results.add(time("observation", Math.max(runs, 50), OBSERVATION_WARM_UP, () -> encoder.write(observation)));
    return results;
  }

  private void chunk() {
    Arrays.fill(present, true);
    System.arraycopy(noise, 0, chunk, 0, noise.length);
    session.encodeImages(present);
    session.encodeState();
    session.integrate(plan, null, chunk);
  }

  private static Result time(String name, int runs, int warmUp, Runnable part) {
    for (int i = 0; i < warmUp; i++) {
      part.run();
    }
    double[] millis = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      part.run();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    double median = (millis[(runs - 1) / 2] + millis[runs / 2]) / 2;
    return new Result(name, median, millis[0], millis[runs - 1]);
  }

  /** From the start of this process to its first chunk, loading included, in milliseconds; after {@link #run}. */
  public long firstChunkMillis() {
    return firstChunkMillis;
  }

  /** The most memory this process has had resident, mapped weights included, in MiB; NaN where the system does not say. */
  public static double peakResidentMebibytes() {
    return status("VmHWM:");
  }

  /** Physical memory that this process holds now; NaN where the system does not tell. */
  public static double residentMebibytes() {
    return status("VmRSS:");
  }

  private static double status(String key) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return Double.NaN;
  }

  /** Java heap that one chunk takes, in bytes. */
  public long heapBytesPerChunk() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    chunk();
    long before = threads.getCurrentThreadAllocatedBytes();
    chunk();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  @Override
  public void close() {
    session.close();
  }
}
