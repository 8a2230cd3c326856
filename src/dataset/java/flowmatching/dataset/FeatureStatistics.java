package flowmatching.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Statistics as a file holds them, in double precision: of a whole set, or of one episode to be aggregated.
 *
 * @param byFeature by feature key and then by name ({@code min}, {@code max}, {@code mean}, {@code std}, {@code count}, {@code q01} to
 *     {@code q99}): one value an entry of a vector, one a channel of a picture (in 0 to 1); {@code count} is one value
 */
public record FeatureStatistics(Map<String, Map<String, double[]>> byFeature) {
  /** The quantiles that LeRobot keeps, by name. */
  public static final Map<String, Double> QUANTILES = quantiles(0.01, 0.10, 0.50, 0.90, 0.99);

  private static final List<String> AGGREGATED = List.of("min", "max", "mean", "std", "count");

  private static Map<String, Double> quantiles(double... fractions) {
    Map<String, Double> names = new LinkedHashMap<>();
    for (double fraction : fractions) {
      names.put(String.format(Locale.ROOT, "q%02d", Math.round(100 * fraction)), fraction);
    }
    return Collections.unmodifiableMap(names);
  }

  /**
   * Reads the form of {@code meta/stats.json}; nested lists are flattened. What is not a feature of the set is left out.
   *
   * @param where file, and line where there are several, for messages
   * @throws BadInputException where a value is not a number or their count is not the feature's
   */
  public static FeatureStatistics parse(String where, JsonNode json, DatasetInfo info) {
    Map<String, Map<String, double[]>> features = new LinkedHashMap<>();
    json.properties().forEach(entry -> {
      DatasetFeature feature = info.features().get(entry.getKey());
      if (feature != null && (feature.isVisual() || feature.isNumeric())) {
        Map<String, double[]> values = new LinkedHashMap<>();
        entry.getValue().properties().forEach(s -> values.put(s.getKey(), values(where, feature, s.getKey(), s.getValue())));
        features.put(feature.key(), values);
      }
    });
    return new FeatureStatistics(features);
  }

  private static double[] values(String where, DatasetFeature feature, String name, JsonNode node) {
    List<Double> values = new ArrayList<>();
    flatten(node, values);
    boolean isCount = name.equals("count");
    int expected = isCount ? 1 : feature.isVisual() ? feature.shape().get(2) : feature.size();
    if (!isCount && feature.isNumeric() && feature.shape().size() > 1 && values.size() == feature.shape().get(feature.shape().size() - 1)) {
      // LeRobot 0.6.1 keeps those of a matrix's columns: the same for each row.
      values = Collections.nCopies(expected / values.size(), values).stream().flatMap(List::stream).toList();
    }
    if (values.size() != expected || !values.stream().allMatch(v -> Float.isFinite(v.floatValue()) && (!isCount || v > 0))) {
      String found = values.size() > 8 ? values.size() + " values" : node.toString();
      throw new BadInputException(
          where + ": '" + feature.key() + "': " + name + ": expected " + expected + (isCount ? " positive" : "") + " finite numbers, found " + found);
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void flatten(JsonNode node, List<Double> into) {
    if (node.isArray()) {
      node.forEach(child -> flatten(child, into));
    } else {
      // Older versions of LeRobot keep the minimum and maximum of truth values as such.
      into.add(node.isNumber() ? node.doubleValue() : node.isBoolean() ? (node.booleanValue() ? 1.0 : 0.0) : Double.NaN);
    }
  }

  /**
   * Statistics of several episodes together, as LeRobot aggregates them: with c the counts, m the means, s the deviations and
   * M = sum(c m) / sum(c), the mean is M and the variance sum(c (s^2 + (m - M)^2)) / sum(c). Minimum and maximum are exact too.
   * A quantile is the mean of the episodes' quantiles, weighted by their counts, and there where every episode has it.
   *
   * @param file what messages begin with
   * @throws BadInputException where an episode lacks a feature that the first one has
   */
  public static FeatureStatistics aggregate(Path file, List<FeatureStatistics> episodes) {
    Map<String, Map<String, double[]>> features = new LinkedHashMap<>();
    for (String key : episodes.isEmpty() ? List.<String>of() : List.copyOf(episodes.get(0).byFeature.keySet())) {
      List<Map<String, double[]>> parts = new ArrayList<>();
      for (FeatureStatistics episode : episodes) {
        Map<String, double[]> part = episode.byFeature.getOrDefault(key, Map.of());
        if (!part.keySet().containsAll(AGGREGATED)) {
          throw new BadInputException(
              file + ": episode " + parts.size() + ": '" + key + "': expected " + AGGREGATED + ", found " + part.keySet());
        }
        parts.add(part);
      }
      features.put(key, aggregateFeature(parts));
    }
    return new FeatureStatistics(features);
  }

  private static Map<String, double[]> aggregateFeature(List<Map<String, double[]>> parts) {
    double[] min = parts.get(0).get("min").clone();
    double[] max = parts.get(0).get("max").clone();
    double[] mean = new double[min.length];
    double[] std = new double[min.length];
    double count = parts.stream().mapToDouble(p -> p.get("count")[0]).sum();
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (Map<String, double[]> part : parts) {
        min[i] = Math.min(min[i], part.get("min")[i]);
        max[i] = Math.max(max[i], part.get("max")[i]);
        sum += part.get("count")[0] * part.get("mean")[i];
      }
      mean[i] = sum / count;
      double squares = 0;
      for (Map<String, double[]> part : parts) {
        double deviation = part.get("std")[i];
        double shift = part.get("mean")[i] - mean[i];
        squares += part.get("count")[0] * (deviation * deviation + shift * shift);
      }
      std[i] = Math.sqrt(squares / count);
    }
    Map<String, double[]> whole = new LinkedHashMap<>();
    whole.put("min", min);
    whole.put("max", max);
    whole.put("mean", mean);
    whole.put("std", std);
    whole.put("count", new double[] {count});
    for (String quantile : QUANTILES.keySet()) {
      if (parts.stream().allMatch(part -> part.containsKey(quantile))) {
        whole.put(quantile, weightedMean(parts, quantile, count));
      }
    }
    return whole;
  }

  private static double[] weightedMean(List<Map<String, double[]>> parts, String name, double count) {
    double[] mean = new double[parts.get(0).get(name).length];
    for (Map<String, double[]> part : parts) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += part.get(name)[i] * (part.get("count")[0] / count);
      }
    }
    return mean;
  }

  /** Those of these statistics that {@code others} have too: a set keeps the same ones of every episode. */
  public FeatureStatistics only(FeatureStatistics others) {
    Map<String, Map<String, double[]>> kept = new LinkedHashMap<>();
    others.byFeature.forEach((key, statistics) -> {
      Map<String, double[]> values = new LinkedHashMap<>(byFeature.getOrDefault(key, Map.of()));
      values.keySet().retainAll(statistics.keySet());
      kept.put(key, values);
    });
    return new FeatureStatistics(kept);
  }

  /** The form of {@code meta/stats.json}: values of pictures are nested as {@code [channel][1][1]}. */
  public ObjectNode toJson(Map<String, DatasetFeature> features) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    byFeature.forEach((key, statistics) -> {
      ObjectNode node = json.putObject(key);
      statistics.forEach((name, values) -> {
        ArrayNode array = node.putArray(name);
        for (double value : values) {
          if (name.equals("count")) {
            array.add((long) value);
          } else if (features.get(key).isVisual()) {
            array.addArray().addArray().add(value);
          } else {
            array.add(value);
          }
        }
      });
    });
    return json;
  }

  /** The same in single precision, as a policy's processors take it. */
  public DatasetStatistics toDataset() {
    Map<String, Map<String, float[]>> features = new LinkedHashMap<>();
    byFeature.forEach((key, statistics) -> {
      Map<String, float[]> values = new LinkedHashMap<>();
      statistics.forEach((name, doubles) -> {
        float[] floats = new float[doubles.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = (float) doubles[i];
        }
        values.put(name, floats);
      });
      features.put(key, values);
    });
    return new DatasetStatistics(features);
  }
}
