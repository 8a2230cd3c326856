package flowmatching.app.bench;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * How the time of a chunk grows: one size of a configuration at a time is varied, the others stay; weights are random.
 *
 * @param size what is varied
 * @param values of it, rising
 * @param comparisons one a value
 */
public record Growth(String size, List<Integer> values, List<Comparison> comparisons) {
  private static final int MOST_CAMERAS = 4;
  private static final List<Double> FACTORS = List.of(0.5, 1.0, 2.0);

  /** One size and the configurations that differ in it. */
  private record Series(String size, List<Integer> values, IntFunction<FlowMatchingConfig> config) {}

  /**
   * Measures cameras (1 to 4, where there are any), steps, chunk length and hidden size (half, once and twice).
   *
   * @param rounds of each
   * @param progress is told after each of {@link #steps} configurations
   */
  public static List<Growth> run(FlowMatchingConfig config, Collection<Entrant> entrants, int rounds, Runnable progress) throws IOException {
    List<Growth> all = new ArrayList<>();
    for (Series series : series(config)) {
      List<Comparison> comparisons = new ArrayList<>();
      for (int value : series.values) {
        try (Checkpoint checkpoint = Checkpoint.temporary(series.config.apply(value))) {
          comparisons.add(Comparison.run(checkpoint.config(), checkpoint.directory(), entrants, rounds, Optional.empty(), () -> {}));
        }
        progress.run();
      }
      all.add(new Growth(series.size, series.values, comparisons));
    }
    return all;
  }

  /** Configurations that {@link #run} measures. */
  public static int steps(FlowMatchingConfig config) {
    return series(config).stream().mapToInt(series -> series.values.size()).sum();
  }

  private static List<Series> series(FlowMatchingConfig config) {
    List<Series> all = new ArrayList<>();
    if (!config.cameras().isEmpty()) {
      all.add(new Series("cameras", IntStream.rangeClosed(1, MOST_CAMERAS).boxed().toList(), cameras -> withCameras(config, cameras)));
    }
    all.add(scaled("num_steps", config.numSteps(), config));
    all.add(scaled("n_action_steps", config.chunkLength(), config));
    all.add(scaled("hidden_dim", config.hiddenDim(), config));
    return all;
  }

  private static Series scaled(String key, int value, FlowMatchingConfig config) {
    List<Integer> values = FACTORS.stream().map(factor -> (int) (factor * value)).filter(v -> fits(config, key, v)).distinct().toList();
    return new Series(key, values, v -> config.with(key, IntNode.valueOf(v)));
  }

  private static boolean fits(FlowMatchingConfig config, String key, int value) {
    try {
      config.with(key, IntNode.valueOf(value));
      return true;
    } catch (BadInputException e) {
      return false; // half a size may be none
    }
  }

  /** The first camera so many times, none of which may be missing. */
  private static FlowMatchingConfig withCameras(FlowMatchingConfig config, int cameras) {
    ObjectNode json = config.toJson();
    ObjectNode inputs = (ObjectNode) json.get("input_features");
    PolicyFeature first = config.cameras().get(0);
    ObjectNode feature = inputs.get(first.key()).deepCopy();
    config.cameras().forEach(camera -> inputs.remove(camera.key()));
    for (int i = 0; i < cameras; i++) {
      inputs.set(first.key() + (i == 0 ? "" : "_" + i), feature.deepCopy());
    }
    json.put("empty_cameras", 0);
    return FlowMatchingConfig.parse("configuration of " + cameras + " cameras", json);
  }
}
