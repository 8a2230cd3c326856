package flowmatching.app;

import flowmatching.dataset.Episode;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.FlowMatchingPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Predicted actions beside recorded ones, open loop: what the policy does changes nothing that it sees. Steps past an episode's end
 * are left out.
 *
 * @param error over everything that was predicted
 * @param traces of the first episodes, for pictures
 * @param actionNames by dimension
 * @param fps frames a second
 */
public record OpenLoopEvaluation(OpenLoopError error, List<Trace> traces, List<String> actionNames, double fps) {
  /**
   * An episode's actions.
   *
   * @param episode its number
   * @param recorded by dimension, then by frame
   * @param predicted likewise: each chunk up to where the next begins; NaN where none reaches
   */
  public record Trace(int episode, double[][] recorded, double[][] predicted) {}

  /**
   * @param dataset whose items hold a chunk of actions
   * @param every frames between predictions, 1 or more
   * @param traced episodes to keep traces of, at most
   * @param progress is told after each prediction
   */
  public static OpenLoopEvaluation run(
      FlowMatchingPolicy policy, LeRobotDataset dataset, List<Episode> episodes, int every, int traced, Runnable progress) {
    RecordedObservations observations = new RecordedObservations(dataset, policy);
    OpenLoopError error = new OpenLoopError(policy.spec().chunkLength(), policy.spec().actionSize());
    int dimension = policy.spec().actionSize();
    List<Trace> traces = episodes.stream().limit(traced)
        .map(episode -> new Trace(episode.index(), gaps(dimension, episode.length()), gaps(dimension, episode.length()))).toList();
    List<Place> places = places(episodes, traces, every);
    for (int first = 0; first < places.size(); first += policy.batch()) {
      List<Place> together = places.subList(first, Math.min(first + policy.batch(), places.size()));
      List<Item> items = together.stream().map(place -> observations.item(place.index)).toList();
      List<ActionChunk> chunks = policy.predictActionChunks(items.stream().map(observations::observation).toList());
      for (int i = 0; i < items.size(); i++) {
        add(error, together.get(i), every, chunks.get(i), items.get(i));
        progress.run();
      }
    }
    return new OpenLoopEvaluation(error, traces, observations.actionNames(), dataset.info().fps());
  }

  /** Where a prediction is made: the frame's global index and its place in the episode, whose trace is null where none is kept. */
  private record Place(int index, int frame, Trace trace) {}

  private static List<Place> places(List<Episode> episodes, List<Trace> traces, int every) {
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < episodes.size(); i++) {
      Episode episode = episodes.get(i);
      for (int frame = 0; frame < episode.length(); frame += every) {
        places.add(new Place(episode.from() + frame, frame, i < traces.size() ? traces.get(i) : null));
      }
    }
    return places;
  }

  /** Predictions that {@link #run} makes. */
  public static long predictions(List<Episode> episodes, int every) {
    return episodes.stream().mapToLong(episode -> (episode.length() + every - 1) / every).sum();
  }

  private static double[][] gaps(int dimension, int frames) {
    double[][] values = new double[dimension][frames];
    for (double[] row : values) {
      Arrays.fill(row, Double.NaN);
    }
    return values;
  }

  private static void add(OpenLoopError error, Place place, int every, ActionChunk chunk, Item item) {
    float[] recorded = item.values().get(PolicyFeature.ACTION);
    boolean[] pad = item.isPad().get(PolicyFeature.ACTION);
    for (int step = 0; step < chunk.steps() && !pad[step]; step++) {
      float[] of = Arrays.copyOfRange(recorded, step * chunk.dimension(), (step + 1) * chunk.dimension());
      error.add(step, chunk.action(step), of);
      for (int i = 0; i < of.length && step < every && place.trace != null; i++) {
        place.trace.recorded[i][place.frame + step] = of[i];
        place.trace.predicted[i][place.frame + step] = chunk.at(step, i);
      }
    }
  }
}
