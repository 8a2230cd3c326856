package flowmatching.training.config;

import flowmatching.BadInputException;
import flowmatching.dataset.Episode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which episodes a run trains on, and which it is measured on.
 *
 * @param training numbers of episodes
 * @param heldBack numbers of episodes; empty where none are held back
 */
public record EpisodeSplit(List<Integer> training, List<Integer> heldBack) {
  /**
   * Splits as LeRobot 0.6.1 does: of each task's n episodes the last ceil(n * share) are held back, the task being the first of an
   * episode's.
   *
   * @param share 0 to below 1
   * @throws BadInputException where nothing is left to train on
   */
  public static EpisodeSplit of(List<Episode> episodes, double share) {
    Map<String, List<Integer>> byTask = new LinkedHashMap<>();
    for (Episode episode : episodes) {
      byTask.computeIfAbsent(episode.tasks().isEmpty() ? "" : episode.tasks().get(0), task -> new ArrayList<>()).add(episode.index());
    }
    List<Integer> training = new ArrayList<>();
    List<Integer> heldBack = new ArrayList<>();
    for (List<Integer> ofTask : byTask.values()) {
      int split = ofTask.size() - (int) Math.ceil(ofTask.size() * share);
      training.addAll(ofTask.subList(0, split));
      heldBack.addAll(ofTask.subList(split, ofTask.size()));
    }
    if (training.isEmpty()) {
      throw new BadInputException("--dataset.eval_split: expected a share that leaves episodes to train on, found " + share + " of " + episodes.size());
    }
    return new EpisodeSplit(training.stream().sorted().toList(), heldBack.stream().sorted().toList());
  }
}
