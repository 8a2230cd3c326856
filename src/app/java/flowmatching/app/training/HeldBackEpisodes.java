package flowmatching.app.training;

import flowmatching.app.OpenLoopEvaluation;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.ReadOptions;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.List;

/** Episodes that are not trained on, to see what the policy makes of them. */
final class HeldBackEpisodes implements AutoCloseable {
  private static final int TRACED = 2;

  private final LeRobotDataset dataset;
  private final int every;

  /** @param chunkLength actions that the policy predicts at once */
  HeldBackEpisodes(Path root, List<Integer> episodes, TrainingConfig config, int chunkLength) {
    ReadOptions options = new ReadOptions(DeltaTimestamps.actions(chunkLength), config.tolerance(), episodes, 1);
    dataset = LeRobotDataset.open(root, options);
    int half = Math.max(1, chunkLength / 2);
    every = config.maxEvalSamples() == 0 ? half : Math.max(half, spacing(dataset.episodes(), config.maxEvalSamples()));
  }

  /** The smallest distance between frames at which there are no more predictions than that, or one an episode. */
  private static int spacing(List<Episode> episodes, int most) {
    int longest = episodes.stream().mapToInt(Episode::length).max().orElse(1);
    int spacing = 1;
    while (spacing < longest && OpenLoopEvaluation.predictions(episodes, spacing) > most) {
      spacing++;
    }
    return spacing;
  }

  OpenLoopEvaluation evaluate(FlowMatchingPolicy policy) {
    return OpenLoopEvaluation.run(policy, dataset, dataset.episodes(), every, TRACED, () -> {});
  }

  @Override
  public void close() {
    dataset.close();
  }
}
