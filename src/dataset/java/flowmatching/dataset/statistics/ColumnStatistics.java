package flowmatching.dataset.statistics;

import flowmatching.dataset.FeatureStatistics;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Statistics of one column of numbers as LeRobot 0.6.1 keeps them ({@code compute_stats.py}): the deviation is that of the population,
 * quantiles come from a histogram of 5000 bins between minimum and maximum. Computed in double precision, where LeRobot has single.
 */
final class ColumnStatistics {
  private static final int BINS = 5000;

  /** LeRobot widens the histogram by this, so that a constant column has one too. */
  private static final double PADDING = 1e-10;

  private ColumnStatistics() {}

  /**
   * The statistics of a column, by name.
   *
   * @param values any order; those of count 0 do not count
   * @param counts how often each value is there; together 1 or more
   */
  static Map<String, Double> of(double[] values, long[] counts) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    long count = 0;
    for (int i = 0; i < values.length; i++) {
      if (counts[i] > 0) {
        min = Math.min(min, values[i]);
        max = Math.max(max, values[i]);
        sum += values[i] * counts[i];
        count += counts[i];
      }
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      squares += (values[i] - mean) * (values[i] - mean) * counts[i];
    }
    Map<String, Double> statistics = new LinkedHashMap<>();
    statistics.put("min", min);
    statistics.put("max", max);
    statistics.put("mean", mean);
    statistics.put("std", Math.sqrt(squares / count));
    double[] cumulated = count < 2 ? null : cumulatedHistogram(values, counts, min, max);
    for (Map.Entry<String, Double> quantile : FeatureStatistics.QUANTILES.entrySet()) {
      statistics.put(quantile.getKey(), cumulated == null ? mean : quantile(cumulated, min, max, quantile.getValue() * count));
    }
    return statistics;
  }

  private static double edge(int bin, double min, double max) {
    double start = min - PADDING;
    double stop = max + PADDING;
    return bin == BINS ? stop : start + bin * ((stop - start) / BINS);
  }

  /** By bin, how many values lie in it or below it. */
  private static double[] cumulatedHistogram(double[] values, long[] counts, double min, double max) {
    double[] histogram = new double[BINS];
    double width = edge(1, min, max) - edge(0, min, max);
    for (int i = 0; i < values.length; i++) {
      if (counts[i] > 0) {
        int bin = width > 0 ? (int) Math.max(0, Math.min((values[i] - edge(0, min, max)) / width, BINS - 1)) : BINS - 1;
        histogram[bin] += counts[i];
      }
    }
    Arrays.parallelPrefix(histogram, Double::sum);
    return histogram;
  }

  private static double quantile(double[] cumulated, double min, double max, double target) {
    int bin = 0;
    while (bin < BINS && cumulated[bin] < target) {
      bin++;
    }
    if (bin == 0 || bin == BINS) {
      return edge(bin, min, max);
    }
    double before = cumulated[bin - 1];
    double fraction = (target - before) / (cumulated[bin] - before);
    return edge(bin, min, max) + fraction * (edge(bin + 1, min, max) - edge(bin, min, max));
  }
}
