package flowmatching.dataset;

import flowmatching.BadInputException;
import java.util.List;

/**
 * How a data set is read.
 *
 * @param deltas neighbours that belong to an item
 * @param tolerance seconds that a timestamp may differ from its frame; above 0 and below half a frame's time
 * @param episodes numbers of the episodes to read, all where it is empty
 */
public record ReadOptions(DeltaTimestamps deltas, double tolerance, List<Integer> episodes) {
  /** LeRobot's default between a timestamp and the frame found for it, in seconds. */
  public static final double TOLERANCE = 1e-4;

  /** @throws BadInputException where a number is out of range */
  public ReadOptions {
    episodes = episodes.stream().sorted().distinct().toList();
    if (!(tolerance > 0)) {
      throw new BadInputException("tolerance: expected seconds above 0, found " + tolerance);
    }
  }

  /** Single frames of all episodes, LeRobot's tolerance. */
  public static ReadOptions defaults() {
    return new ReadOptions(DeltaTimestamps.none(), TOLERANCE, List.of());
  }

  public ReadOptions withDeltas(DeltaTimestamps deltas) {
    return new ReadOptions(deltas, tolerance, episodes);
  }

  public ReadOptions withTolerance(double tolerance) {
    return new ReadOptions(deltas, tolerance, episodes);
  }

  public ReadOptions withEpisodes(List<Integer> episodes) {
    return new ReadOptions(deltas, tolerance, episodes);
  }
}
