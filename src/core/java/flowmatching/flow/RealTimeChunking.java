package flowmatching.flow;

import java.util.Arrays;

/**
 * Real-Time Chunking: a new chunk continues the one that is being played while it was computed (Black, Galliker, Levine 2025).
 *
 * <p>The first {@code inferenceDelay} actions will be played from the old chunk whatever comes, so they are held. From there to the
 * execution horizon the pull fades; after it the new chunk is free.
 */
public final class RealTimeChunking {
  private RealTimeChunking() {}

  /** How the pull fades between the delay and the horizon, with LeRobot's names. */
  public enum Schedule {
    /** No pull after the delay. */
    ZEROS,
    /** Full pull up to the horizon. */
    ONES,
    /** Falls evenly. */
    LINEAR,
    /** Falls fast, then slowly. */
    EXP
  }

  /**
   * The pull on each action of the new chunk.
   *
   * @param inferenceDelay actions that are played before the new chunk arrives
   * @param end actions up to which it is drawn to the old one
   * @param steps actions in the new chunk
   * @return {@code steps} weights in [0, 1]
   */
  public static float[] weights(Schedule schedule, int inferenceDelay, int end, int steps) {
    int stop = Math.min(Math.max(end, 0), steps);
    int start = Math.min(Math.max(inferenceDelay, 0), stop);
    float[] weights = new float[steps];
    Arrays.fill(weights, 0, start, 1);
    for (int i = start; i < stop; i++) {
      // The inner points of an even fall from 1 at start - 1 to 0 at stop.
      double linear = 1 - (i - start + 1) / (double) (stop - start + 1);
      weights[i] = (float) switch (schedule) {
        case ZEROS -> 0;
        case ONES -> 1;
        case LINEAR -> linear;
        case EXP -> linear * Math.expm1(linear) / (Math.E - 1);
      };
    }
    return weights;
  }

  /**
   * The guidance of a prefix.
   *
   * @param prefix {@code prefixSteps * dimension} values: what is left of the old chunk, in the network's units
   * @param prefixSteps actions in it; those the new chunk has and it lacks count as zeros, with weight 0
   * @param steps actions in the new chunk
   * @param dimension values an action, padding included
   * @param maximumGain bound of the gain; never more than the number of integration steps is useful
   */
  public static Guidance guidance(
      float[] prefix, int prefixSteps, int steps, int dimension, Schedule schedule, int inferenceDelay, int executionHorizon, double maximumGain) {
    float[] target = new float[steps * dimension];
    System.arraycopy(prefix, 0, target, 0, Math.min(prefixSteps, steps) * dimension);
    float[] weights = weights(schedule, inferenceDelay, Math.min(executionHorizon, prefixSteps), steps);
    return new Guidance(target, weights, maximumGain);
  }
}
