package flowmatching.dataset;

import java.util.Map;

/**
 * Statistics by feature and name: {@code min}, {@code max}, {@code mean}, {@code std}, {@code count}, {@code q01} to {@code q99}.
 * One value an entry of a vector, one a channel of a picture (in 0 to 1); {@code count} is one value.
 *
 * @param byFeature values, by feature key and then by name
 */
public record DatasetStatistics(Map<String, Map<String, float[]>> byFeature) {}
