package flowmatching.training;

import flowmatching.flow.TimeDistribution;
import java.util.SplittableRandom;

/**
 * Noise and flow times of training. Each draw of a run has its own, keyed by the run's seed and the draw's number alone, so they do
 * not depend on how many processes there are or on whether the run was interrupted.
 */
interface FlowNoise {
  /**
   * Noise and time of one sample.
   *
   * @param draw which draw of the run it is
   * @param noise receives standard normal values, from {@code offset} on {@code count} of them
   * @return its flow time
   */
  float fill(long draw, float[] noise, int offset, int count);

  /** The noise of a run. */
  static FlowNoise ofSeed(long seed) {
    return (draw, noise, offset, count) -> {
      SplittableRandom random = new SplittableRandom(key(seed, draw));
      float time = TimeDistribution.quantile(random.nextDouble());
      for (int i = 0; i < count; i++) {
        noise[offset + i] = (float) random.nextGaussian();
      }
      return time;
    };
  }

  /** One well mixed number of two: SplitMix64's finalizer (Steele, Lea, Flood 2014), applied to the seed and then to both. */
  static long key(long seed, long draw) {
    return mix(mix(seed + 0x9E3779B97F4A7C15L) + draw);
  }

  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
