package flowmatching.dataset;

import flowmatching.BadInputException;
import java.util.List;

/**
 * How a data set is read.
 *
 * @param deltas neighbours that belong to an item
 * @param tolerance seconds that a timestamp may differ from its frame; above 0 and below half a frame's time
 * @param episodes numbers of the episodes to read, all where it is empty
 * @param threads that read tables, at least 1
 */
public record ReadOptions(DeltaTimestamps deltas, double tolerance, List<Integer> episodes, int threads) {
  /** LeRobot's default, in seconds. */
  public static final double TOLERANCE = 1e-4;

  /** @throws BadInputException where a number is out of range */
  public ReadOptions {
    episodes = episodes.stream().sorted().distinct().toList();
    if (!(tolerance > 0)) {
      throw new BadInputException("tolerance: expected seconds above 0, found " + tolerance);
    }
    if (threads < 1) {
      throw new BadInputException("threads: expected at least 1, found " + threads);
    }
  }

  /** Single frames of all episodes, LeRobot's tolerance, one thread: a robot's other threads keep their cores. */
  public static ReadOptions defaults() {
    return new ReadOptions(DeltaTimestamps.none(), TOLERANCE, List.of(), 1);
  }

  public ReadOptions withDeltas(DeltaTimestamps deltas) {
    return new ReadOptions(deltas, tolerance, episodes, threads);
  }

  public ReadOptions withTolerance(double tolerance) {
    return new ReadOptions(deltas, tolerance, episodes, threads);
  }

  public ReadOptions withEpisodes(List<Integer> episodes) {
    return new ReadOptions(deltas, tolerance, episodes, threads);
  }

  public ReadOptions withThreads(int threads) {
    return new ReadOptions(deltas, tolerance, episodes, threads);
  }
}
