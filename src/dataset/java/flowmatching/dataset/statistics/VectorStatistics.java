package flowmatching.dataset.statistics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** Statistics of vectors, entry by entry, by name; {@code count} is the number of vectors. */
public final class VectorStatistics {
  private VectorStatistics() {}

  /** @param size of each vector */
  public static Map<String, double[]> of(List<float[]> vectors, int size) {
    Map<String, double[]> statistics = new LinkedHashMap<>();
    for (int entry = 0; entry < size; entry++) {
      int place = entry;
      column(vectors.size(), row -> vectors.get(row)[place])
          .forEach((name, value) -> statistics.computeIfAbsent(name, n -> new double[size])[place] = value);
    }
    statistics.put("count", new double[] {vectors.size()});
    return statistics;
  }

  /** Of single numbers. */
  public static Map<String, double[]> of(int count, IntToDoubleFunction number) {
    Map<String, double[]> statistics = new LinkedHashMap<>();
    column(count, number).forEach((name, value) -> statistics.put(name, new double[] {value}));
    statistics.put("count", new double[] {count});
    return statistics;
  }

  private static Map<String, Double> column(int count, IntToDoubleFunction number) {
    double[] values = new double[count];
    Arrays.setAll(values, number);
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ColumnStatistics.of(values, ones);
  }
}
