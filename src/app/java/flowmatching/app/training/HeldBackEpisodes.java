package flowmatching.app.training;

import flowmatching.app.OpenLoopEvaluation;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.ReadOptions;
import flowmatching.policy.FlowMatchingPolicy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Episodes that are not trained on, to see what the policy makes of them. */
final class HeldBackEpisodes implements AutoCloseable {
  private static final int TRACED = 2;

  private final LeRobotDataset dataset;
  private final int every;

  /**
   * @param most predictions of a measurement, 0 for no limit
   * @param chunkLength actions that the policy predicts at once
   */
  HeldBackEpisodes(TrainingData data, int most, int chunkLength) {
    ReadOptions options = ReadOptions.defaults().withDeltas(DeltaTimestamps.actions(chunkLength)).withEpisodes(data.split().heldBack());
    dataset = LeRobotDataset.open(data.root(), options);
    int half = Math.max(1, chunkLength / 2);
    every = most == 0 ? half : Math.max(half, spacing(dataset.episodes(), most));
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

  /** @param stopped asked after each prediction; of a measurement that is stopped nothing is left */
  Optional<OpenLoopEvaluation> evaluate(FlowMatchingPolicy policy, BooleanSupplier stopped) {
    try {
      return Optional.of(OpenLoopEvaluation.run(policy, dataset, dataset.episodes(), every, TRACED, () -> {
        if (stopped.getAsBoolean()) {
          throw new CancellationException();
        }
      }));
    } catch (CancellationException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    dataset.close();
  }
}
