package flowmatching.dataset.check;

import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.FeatureStatistics;
import java.util.Map;
import java.util.Set;

/** Whether statistics are those of the data. LeRobot computes them in single precision, so that only what is really wrong is told. */
final class StatisticsCheck {
  /** Pictures are sampled for their statistics, and compressed after; their brightness stays nearly the same. */
  private static final double PICTURE_TOLERANCE = 0.05;

  /** LeRobot's delete, split and merge number rows anew and leave the statistics of the numbers; nothing reads them. */
  private static final Set<String> ROW_NUMBERS = Set.of("index", "episode_index", "task_index");

  private final Map<String, DatasetFeature> features;
  private final Findings findings;

  StatisticsCheck(Map<String, DatasetFeature> features, Findings findings) {
    this.features = features;
    this.findings = findings;
  }

  /**
   * Compares statistics with those of the data.
   *
   * @param where what messages begin with
   * @param measured by feature and name; what is not there is not compared
   */
  void check(String where, FeatureStatistics claimed, Map<String, Map<String, double[]>> measured) {
    claimed.byFeature().forEach((key, statistics) -> {
      Map<String, double[]> actual = measured.getOrDefault(key, Map.of());
      if (features.get(key).isVisual()) {
        compare(where, key, "mean", statistics.get("mean"), actual.get("mean"), i -> PICTURE_TOLERANCE);
      } else if (!actual.isEmpty() && !ROW_NUMBERS.contains(key)) {
        checkNumbers(where, key, statistics, actual);
      }
    });
  }

  private interface Tolerance {
    double of(int entry);
  }

  private void checkNumbers(String where, String key, Map<String, double[]> claimed, Map<String, double[]> actual) {
    double[] min = actual.get("min");
    double[] max = actual.get("max");
    Tolerance magnitude = i -> Math.max(Math.abs(min[i]), Math.abs(max[i]));
    Tolerance range = i -> max[i] - min[i];
    compare(where, key, "min", claimed.get("min"), min, i -> 1e-5 * magnitude.of(i) + 1e-6);
    compare(where, key, "max", claimed.get("max"), max, i -> 1e-5 * magnitude.of(i) + 1e-6);
    compare(where, key, "mean", claimed.get("mean"), actual.get("mean"), i -> 1e-3 * range.of(i) + 1e-4 * magnitude.of(i) + 1e-6);
    // The deviation is the root of a difference of squares.
    compare(where, key, "std", claimed.get("std"), actual.get("std"), i -> 1e-2 * range.of(i) + 3e-3 * magnitude.of(i) + 1e-6);
    compare(where, key, "count", claimed.get("count"), actual.get("count"), i -> 0);
    for (String quantile : FeatureStatistics.QUANTILES.keySet()) {
      double[] values = claimed.get(quantile);
      for (int i = 0; values != null && i < values.length; i++) {
        double slack = 1e-3 * range.of(i) + 1e-5 * magnitude.of(i) + 1e-6;
        if (!(values[i] >= min[i] - slack && values[i] <= max[i] + slack)) {
          findings.defect(where + ": '" + key + "': " + quantile + "[" + i + "]: expected " + min[i] + " to " + max[i] + ", found " + values[i]);
          break;
        }
      }
    }
  }

  private void compare(String where, String key, String name, double[] claimed, double[] actual, Tolerance tolerance) {
    if (claimed == null) {
      findings.defect(where + ": '" + key + "': " + name + " is missing");
      return;
    }
    for (int i = 0; actual != null && i < actual.length; i++) {
      if (!(Math.abs(claimed[i] - actual[i]) <= tolerance.of(i))) {
        findings.defect(where + ": '" + key + "': " + name + "[" + i + "]: the data has " + actual[i] + ", found " + claimed[i]);
        return;
      }
    }
  }
}
