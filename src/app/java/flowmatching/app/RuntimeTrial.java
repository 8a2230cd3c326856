package flowmatching.app;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.Observation;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A policy's chunks for recorded observations in one runtime: how long they take, and how far they lie from those of float32.
 *
 * @param runtime its name
 * @param reason why it made none, a sentence; null where it did
 * @param millis of a chunk, the median
 * @param error root mean square of the difference from float32's chunks, relative to theirs, normalised
 * @param worst the same of the observation where it is greatest
 */
public record RuntimeTrial(String runtime, String reason, double millis, double error, double worst) {
  /** In float32, and usable on every machine. */
  private static final String EXACT = "onnxruntime";
  private static final int WARM_UP = 2;

  /**
   * Tries every runtime that is usable here, one after the other.
   *
   * @param observations one or more
   * @return in the order of {@link Runtimes#all}
   */
  public static List<RuntimeTrial> all(Checkpoint checkpoint, PolicyProcessors processors, RuntimeOptions options, List<Observation> observations) {
    float[][] exact = new float[observations.size()][];
    millis(EXACT, checkpoint, processors, options, observations, exact);
    List<RuntimeTrial> trials = new ArrayList<>();
    for (RuntimeProvider provider : Runtimes.all()) {
      Availability found = provider.probe();
      trials.add(found.usable() ? one(provider.name(), checkpoint, processors, options, observations, exact) : absent(provider.name(), found.reason()));
    }
    return trials;
  }

  /** The one with the shortest chunk among those whose error is at most so large. */
  public static Optional<RuntimeTrial> fastest(List<RuntimeTrial> trials, double tolerance) {
    return trials.stream().filter(trial -> trial.reason == null && trial.error <= tolerance).min(Comparator.comparingDouble(RuntimeTrial::millis));
  }

  private static RuntimeTrial absent(String runtime, String reason) {
    return new RuntimeTrial(runtime, reason, Double.NaN, Double.NaN, Double.NaN);
  }

  private static RuntimeTrial one(
      String runtime, Checkpoint checkpoint, PolicyProcessors processors, RuntimeOptions options, List<Observation> observations, float[][] exact) {
    float[][] chunks = new float[observations.size()][];
    double millis;
    try {
      millis = millis(runtime, checkpoint, processors, options, observations, chunks);
    } catch (BadInputException | IllegalStateException e) {
      return absent(runtime, e.getMessage()); // it looked usable and was not, or failed at a chunk
    }
    double all = 0;
    double size = 0;
    double worst = 0;
    for (int i = 0; i < exact.length; i++) {
      double difference = squares(exact[i], chunks[i]);
      double itsSize = squares(exact[i], new float[exact[i].length]);
      all += difference;
      size += itsSize;
      worst = Math.max(worst, Math.sqrt(difference / itsSize));
    }
    return new RuntimeTrial(runtime, null, millis, Math.sqrt(all / size), worst);
  }

  private static double squares(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - (double) b[i], 2);
    }
    return sum;
  }

  /** @param chunks receives them, normalised */
  private static double millis(
      String runtime, Checkpoint checkpoint, PolicyProcessors processors, RuntimeOptions options, List<Observation> observations, float[][] chunks) {
    FlowMatchingConfig config = checkpoint.config();
    IntegrationPlan plan = Solver.EULER.plan(config.numSteps());
    try (PolicySession session = Runtimes.open(runtime, checkpoint, options)) {
      ObservationEncoder encoder = new ObservationEncoder(config, processors, session);
      double[] times = new double[observations.size()];
      for (int i = -WARM_UP; i < times.length; i++) {
        int which = Math.max(0, i);
        float[] x = noise(config, which);
        boolean[] present = encoder.write(observations.get(which));
        long start = System.nanoTime();
        session.encodeImages(present);
        session.encodeState();
        session.integrate(plan, null, x);
        times[which] = (System.nanoTime() - start) / 1e6;
        chunks[which] = x;
      }
      Arrays.sort(times);
      return times[times.length / 2];
    }
  }

  /** The same in every runtime. */
  private static float[] noise(FlowMatchingConfig config, int observation) {
    Random random = new Random(observation);
    float[] noise = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    return noise;
  }
}
