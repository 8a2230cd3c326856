package flowmatching.app.training;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.ReadOptions;
import flowmatching.hub.Hub;
import flowmatching.hub.LeRobotDownloads;
import flowmatching.training.config.EpisodeSplit;
import flowmatching.training.config.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run is trained on, looked at before training begins.
 *
 * @param root the data set's directory
 * @param info what it consists of
 * @param split which of its episodes are trained on
 * @param frames that are trained on
 * @param statistics by feature key and then by name
 */
record TrainingData(Path root, DatasetInfo info, EpisodeSplit split, long frames, Map<String, Map<String, float[]>> statistics) {
  private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] IMAGENET_DEVIATION = {0.229f, 0.224f, 0.225f};

  /** @throws BadInputException where there is no such data set, or it cannot be trained on */
  static TrainingData open(TrainingConfig config, Hub hub) {
    Path root = find(config, hub);
    try (LeRobotDataset dataset = LeRobotDataset.open(root, ReadOptions.defaults().withEpisodes(config.episodes()))) {
      // Those that are named in their own order, as LeRobot: the last ones are held back.
      List<Episode> episodes = config.episodes().isEmpty() ? dataset.episodes() : config.episodes().stream().map(dataset::episode).toList();
      EpisodeSplit split = EpisodeSplit.of(episodes, config.evalSplit());
      long frames = split.training().stream().mapToLong(episode -> dataset.episode(episode).length()).sum();
      Map<String, Map<String, float[]>> statistics = new LinkedHashMap<>(dataset.statistics().byFeature());
      if (config.useImagenetStatistics()) {
        dataset.info().cameras().forEach(camera -> {
          Map<String, float[]> values = new LinkedHashMap<>(statistics.getOrDefault(camera.key(), Map.of()));
          values.put("mean", IMAGENET_MEAN);
          values.put("std", IMAGENET_DEVIATION);
          statistics.put(camera.key(), values);
        });
      }
      return new TrainingData(root, dataset.info(), split, frames, statistics);
    }
  }

  private static Path find(TrainingConfig config, Hub hub) {
    Optional<Path> root = config.datasetRoot();
    String id = config.datasetId().orElseThrow();
    if (root.isPresent() && (Files.exists(root.get().resolve("meta/info.json")) || !Hub.isName(id))) {
      return root.get();
    }
    return new LeRobotDownloads(hub).dataset(id, root, config.datasetRevision());
  }
}
