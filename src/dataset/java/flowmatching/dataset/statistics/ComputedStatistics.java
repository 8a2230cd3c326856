package flowmatching.dataset.statistics;

import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetStatistics;
import flowmatching.dataset.Episode;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.LeRobotDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Statistics for sets that came without, as LeRobot 0.6.1 computes them while it records ({@code compute_episode_stats}, then
 * {@code aggregate_stats}): of numbers every frame counts, of pictures a sample of each episode's. Minimum, maximum, mean and deviation
 * are exact, where LeRobot's sums in single precision are not (of 190 pictures of 96x96 pixels its mean is off by 0.004 and its
 * deviation by up to 0.06); a quantile is the mean of the episodes' quantiles, as in every set that LeRobot recorded.
 */
public final class ComputedStatistics {
  private ComputedStatistics() {}

  /**
   * A set's statistics. What it has is left as it is; of features that lack any it is computed from all frames of the set, whichever
   * episodes are read.
   *
   * @param keys features of numbers or pictures that must have statistics; pictures take the time of decoding them
   * @throws flowmatching.BadInputException where a frame cannot be read
   */
  public static DatasetStatistics complete(LeRobotDataset dataset, Collection<String> keys) {
    Map<String, Map<String, float[]>> known = new LinkedHashMap<>(dataset.statistics().byFeature());
    List<String> missing = keys.stream().filter(key -> !isWhole(known.getOrDefault(key, Map.of()))).toList();
    if (!missing.isEmpty()) {
      known.putAll(of(dataset.root(), missing).toDataset().byFeature());
    }
    return new DatasetStatistics(known);
  }

  private static boolean isWhole(Map<String, float[]> statistics) {
    return statistics.keySet().containsAll(List.of("min", "max", "mean", "std", "count"))
        && statistics.keySet().containsAll(FeatureStatistics.QUANTILES.keySet());
  }

  private static FeatureStatistics of(Path root, List<String> keys) {
    List<FeatureStatistics> episodes = new ArrayList<>();
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      for (Episode episode : dataset.episodes()) {
        Map<String, Map<String, double[]>> features = new LinkedHashMap<>();
        for (String key : keys) {
          DatasetFeature feature = dataset.info().feature(key);
          features.put(key, feature.isVisual() ? ofPictures(dataset, episode, key) : ofVectors(dataset, episode, feature));
        }
        episodes.add(new FeatureStatistics(features));
      }
    }
    return FeatureStatistics.aggregate(root, episodes);
  }

  private static Map<String, double[]> ofPictures(LeRobotDataset dataset, Episode episode, String key) {
    PictureStatistics statistics = new PictureStatistics();
    for (int frame : PictureStatistics.sample(episode.length())) {
      statistics.add(dataset.image(episode.from() + frame, key));
    }
    return statistics.ofAll();
  }

  private static Map<String, double[]> ofVectors(LeRobotDataset dataset, Episode episode, DatasetFeature feature) {
    List<float[]> vectors = new ArrayList<>();
    for (int index = episode.from(); index < episode.to(); index++) {
      vectors.add(dataset.item(index, List.of()).values().get(feature.key()));
    }
    return VectorStatistics.of(vectors, feature.size());
  }
}
