package flowmatching.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Statistics by feature and name: {@code min}, {@code max}, {@code mean}, {@code std}, {@code count}, {@code q01} to {@code q99}.
 * One value an entry of a vector, one a channel of a picture (in 0 to 1).
 *
 * @param byFeature values, by feature key and then by name
 */
public record DatasetStatistics(Map<String, Map<String, float[]>> byFeature) {
  /** Reads the form of {@code meta/stats.json}; nested lists are flattened. */
  static DatasetStatistics parse(JsonNode json) {
    Map<String, Map<String, float[]>> features = new LinkedHashMap<>();
    json.properties().forEach(feature -> {
      Map<String, float[]> values = new HashMap<>();
      feature.getValue().properties().forEach(s -> values.put(s.getKey(), flatten(s.getValue())));
      features.put(feature.getKey(), values);
    });
    return new DatasetStatistics(features);
  }

  private static float[] flatten(JsonNode node) {
    List<Float> values = new ArrayList<>();
    flatten(node, values);
    float[] flat = new float[values.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = values.get(i);
    }
    return flat;
  }

  private static void flatten(JsonNode node, List<Float> into) {
    if (node.isArray()) {
      node.forEach(child -> flatten(child, into));
    } else {
      into.add(node.floatValue());
    }
  }

  /**
   * Statistics of several episodes together: minimum, maximum, mean and deviation exact, as LeRobot aggregates them; quantiles are
   * not in v2.1.
   */
  static DatasetStatistics aggregate(List<DatasetStatistics> episodes) {
    Map<String, Map<String, float[]>> features = new LinkedHashMap<>();
    for (String key : episodes.isEmpty() ? List.<String>of() : List.copyOf(episodes.get(0).byFeature.keySet())) {
      List<Map<String, float[]>> parts = episodes.stream().map(e -> e.byFeature.get(key)).toList();
      boolean whole = parts.stream().allMatch(p -> p != null && p.keySet().containsAll(List.of("min", "max", "mean", "std", "count")));
      if (whole) {
        features.put(key, aggregateFeature(parts));
      }
    }
    return new DatasetStatistics(features);
  }

  private static Map<String, float[]> aggregateFeature(List<Map<String, float[]>> parts) {
    int size = parts.get(0).get("mean").length;
    float[] min = parts.get(0).get("min").clone();
    float[] max = parts.get(0).get("max").clone();
    float[] mean = new float[size];
    float[] std = new float[size];
    double count = parts.stream().mapToDouble(p -> p.get("count")[0]).sum();
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (Map<String, float[]> part : parts) {
        min[i] = Math.min(min[i], part.get("min")[i]);
        max[i] = Math.max(max[i], part.get("max")[i]);
        sum += part.get("count")[0] * (double) part.get("mean")[i];
      }
      double average = sum / count;
      double squares = 0;
      for (Map<String, float[]> part : parts) {
        double deviation = part.get("std")[i];
        double shift = part.get("mean")[i] - average;
        squares += part.get("count")[0] * (deviation * deviation + shift * shift);
      }
      mean[i] = (float) average;
      std[i] = (float) Math.sqrt(squares / count);
    }
    Map<String, float[]> all = new HashMap<>();
    all.put("min", min);
    all.put("max", max);
    all.put("mean", mean);
    all.put("std", std);
    all.put("count", new float[] {(float) count});
    return all;
  }
}
