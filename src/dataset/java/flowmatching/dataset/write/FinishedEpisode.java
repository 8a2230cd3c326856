package flowmatching.dataset.write;

import flowmatching.dataset.FeatureStatistics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One episode in files of its own, to be put behind the others of a set.
 *
 * @param length frames
 * @param tasks what was done, in words
 * @param data its rows, complete: with the numbers that it has in the set
 * @param videos by feature key
 * @param statistics of this episode
 */
record FinishedEpisode(int length, List<String> tasks, Path data, Map<String, Path> videos, FeatureStatistics statistics) {
  FinishedEpisode withStatistics(FeatureStatistics others) {
    return new FinishedEpisode(length, tasks, data, videos, others);
  }
}
