package flowmatching.policy;

import flowmatching.BadInputException;
import flowmatching.model.NormalizationMode;
import java.util.Map;

/**
 * Scales a feature's values for the network, and back: y = (x - shift) / scale, x = y * scale + shift, value by value.
 *
 * <p>The arithmetic of each mode is LeRobot 0.6.1's, in float32.
 */
public final class Normalizer {
  static final float EPSILON = 1e-8f;

  private final NormalizationMode mode;
  private final float[] low;
  private final float[] high;

  private Normalizer(NormalizationMode mode, float[] low, float[] high) {
    this.mode = mode;
    this.low = low;
    this.high = high;
  }

  /** Leaves values as they are. */
  public static Normalizer identity() {
    return new Normalizer(NormalizationMode.IDENTITY, new float[0], new float[0]);
  }

  /**
   * @param feature its key, for messages
   * @param statistics by name: {@code mean} and {@code std}, {@code min} and {@code max}, {@code q01} and {@code q99}, or
   *     {@code q10} and {@code q90}; each one value an entry of the feature (a picture: one a channel)
   * @param size values in the feature (a picture: channels)
   * @throws BadInputException where a statistic that the mode needs is missing, has another size or is not finite
   */
  public static Normalizer of(String feature, NormalizationMode mode, Map<String, float[]> statistics, int size) {
    return switch (mode) {
      case IDENTITY -> identity();
      case MEAN_STD -> of(feature, mode, statistics, "mean", "std", size);
      case MIN_MAX -> of(feature, mode, statistics, "min", "max", size);
      case QUANTILES -> of(feature, mode, statistics, "q01", "q99", size);
      case QUANTILE10 -> of(feature, mode, statistics, "q10", "q90", size);
    };
  }

  private static Normalizer of(String feature, NormalizationMode mode, Map<String, float[]> statistics, String first, String second, int size) {
    return new Normalizer(mode, statistic(feature, mode, statistics, first, size), statistic(feature, mode, statistics, second, size));
  }

  private static float[] statistic(String feature, NormalizationMode mode, Map<String, float[]> statistics, String name, int size) {
    float[] values = statistics.get(name);
    if (values == null) {
      throw new BadInputException("statistics of '" + feature + "': " + mode + " needs '" + name + "', found " + statistics.keySet());
    }
    if (values.length != size) {
      throw new BadInputException("statistics of '" + feature + "." + name + "': expected " + size + " values, found " + values.length);
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new BadInputException("statistics of '" + feature + "." + name + "': expected finite values, found " + value);
      }
    }
    return values.clone();
  }

  public NormalizationMode mode() {
    return mode;
  }

  /** The network's value for entry {@code index} of the feature. */
  public float normalize(float value, int index) {
    return switch (mode) {
      case IDENTITY -> value;
      case MEAN_STD -> (value - low[index]) / (high[index] + EPSILON);
      default -> 2 * (value - low[index]) / range(index) - 1;
    };
  }

  /** The data set's value for entry {@code index} of the feature. */
  public float unnormalize(float value, int index) {
    return switch (mode) {
      case IDENTITY -> value;
      case MEAN_STD -> value * high[index] + low[index];
      default -> (value + 1) / 2 * range(index) + low[index];
    };
  }

  private float range(int index) {
    float range = high[index] - low[index];
    return range == 0 ? EPSILON : range;
  }
}
