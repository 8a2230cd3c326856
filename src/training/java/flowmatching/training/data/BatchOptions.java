package flowmatching.training.data;

import flowmatching.BadInputException;
import java.util.List;
import java.util.Set;

/**
 * How batches are drawn.
 *
 * @param size samples of a batch of this process
 * @param seed of the order and of the changes of pictures
 * @param workers threads that decode ahead; 0 decodes when a batch is asked for
 * @param episodes that are drawn from; all where empty
 * @param rank this process, from 0
 * @param processes that share each step
 * @param cacheBytes of decoded pictures that are kept
 * @param changes action dimensions that are deltas or velocities: beyond an episode's end they are 0, all others stay
 * @param transforms random changes of pictures
 * @param ahead draws that lie before those which a batch's number counts, of batches of another size; negative where it counts too many
 */
public record BatchOptions(
    int size, long seed, int workers, List<Integer> episodes, int rank, int processes, long cacheBytes, Set<Integer> changes,
    PictureTransforms transforms, long ahead) {
  /** @throws BadInputException where a number is out of range */
  public BatchOptions {
    if (size < 1) {
      throw new BadInputException("batch_size: expected 1 or more, found " + size);
    }
    if (workers < 0) {
      throw new BadInputException("num_workers: expected 0 or more, found " + workers);
    }
    if (rank < 0 || rank >= processes) {
      throw new BadInputException("rank: expected 0 to " + (processes - 1) + ", found " + rank);
    }
    episodes = List.copyOf(episodes);
    changes = Set.copyOf(changes);
  }

  /** One process, all episodes, positions only, and a quarter of the heap for pictures. */
  public static BatchOptions of(int size, long seed, int workers) {
    return new BatchOptions(size, seed, workers, List.of(), 0, 1, Runtime.getRuntime().maxMemory() / 4, Set.of(), PictureTransforms.NONE, 0);
  }

  public BatchOptions withEpisodes(List<Integer> episodes) {
    return new BatchOptions(size, seed, workers, episodes, rank, processes, cacheBytes, changes, transforms, ahead);
  }

  public BatchOptions withProcess(int rank, int processes) {
    return new BatchOptions(size, seed, workers, episodes, rank, processes, cacheBytes, changes, transforms, ahead);
  }

  public BatchOptions withChanges(Set<Integer> changes) {
    return new BatchOptions(size, seed, workers, episodes, rank, processes, cacheBytes, changes, transforms, ahead);
  }

  public BatchOptions withTransforms(PictureTransforms transforms) {
    return new BatchOptions(size, seed, workers, episodes, rank, processes, cacheBytes, changes, transforms, ahead);
  }

  public BatchOptions withDrawsAhead(long ahead) {
    return new BatchOptions(size, seed, workers, episodes, rank, processes, cacheBytes, changes, transforms, ahead);
  }
}
