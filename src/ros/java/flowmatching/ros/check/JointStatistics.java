package flowmatching.ros.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where the values of a joint lie in the training data, in the data set's unit; NaN for what is not known.
 *
 * @param mean of all frames
 * @param std standard deviation, 0 for a joint that never moved
 * @param min least value
 * @param max greatest value
 */
public record JointStatistics(double mean, double std, double min, double max) {
  /**
   * Share of the range by which a value may lie outside and still count as inside: a robot's rest position is often the end of a
   * range, and sensors are noisy.
   */
  private static final double MARGIN = 0.02;
  /** What single precision may do to a value that never changed. */
  private static final double ROUNDING = 1e-6;

  /** From a feature's statistics by name, one entry a joint; NaN where a name is missing. */
  public static List<JointStatistics> of(int size, Map<String, float[]> statistics) {
    List<JointStatistics> joints = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      joints.add(new JointStatistics(
          entry(statistics, "mean", i), entry(statistics, "std", i), entry(statistics, "min", i), entry(statistics, "max", i)));
    }
    return joints;
  }

  private static double entry(Map<String, float[]> statistics, String name, int index) {
    float[] values = statistics.get(name);
    return values == null || index >= values.length ? Double.NaN : values[index];
  }

  /** How many standard deviations a value lies from the mean; NaN where the joint never moved. */
  public double z(double value) {
    return std > 0 ? (value - mean) / std : Double.NaN;
  }

  /** Whether a value lies outside of what the data has; false where that is not known. */
  public boolean outside(double value) {
    double margin = margin();
    return value < min - margin || value > max + margin;
  }

  /** Whether a value lies so far outside that another pose is no likely reason: by the whole range or more. */
  boolean farOutside(double value) {
    double far = Math.max(margin(), max - min);
    return value < min - far || value > max + far;
  }

  /** The greatest absolute value. */
  double reach() {
    return Math.max(Math.abs(min), Math.abs(max));
  }

  /** Whether the joint had the same value in every frame. */
  boolean constant() {
    return min == max;
  }

  private double margin() {
    return constant() ? ROUNDING * Math.max(1, reach()) : MARGIN * (max - min);
  }
}
