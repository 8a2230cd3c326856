package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Finds checkpoints and data sets by their names on the hub, as lerobot 0.6.1 does: on this machine first. */
public final class LeRobotDownloads {
  private static final Logger LOGGER = LogManager.getLogger(LeRobotDownloads.class);
  /** Formats that this program reads, the better first. LeRobot itself refuses the second. */
  private static final List<String> FORMATS = List.of("v3.0", "v2.1");

  private final Hub hub;
  private final boolean fresh;

  public LeRobotDownloads(Hub hub) {
    this(hub, false);
  }

  private LeRobotDownloads(Hub hub, boolean fresh) {
    this.hub = hub;
    this.fresh = fresh;
  }

  /** The same, but the hub is asked for newer commits, and what lies outside of the cache is not looked at. */
  public LeRobotDownloads fresh() {
    return new LeRobotDownloads(hub, true);
  }

  /**
   * A checkpoint: the cache {@code $HF_HOME/hub}, and into it from the hub.
   *
   * @param revision a branch, tag or commit; empty: main
   * @return the directory that holds {@code config.json}
   * @throws BadInputException where it is neither here nor on the hub, or a download fails
   */
  public Path checkpoint(String id, Optional<String> revision) {
    HubRepository repository = hub.model(id).at(revision.orElse("main"));
    return (fresh ? repository.fresh() : repository).download(LeRobotFiles::isOfCheckpoint);
  }

  /**
   * A data set.
   *
   * <ol>
   *   <li>a directory that was given, if it holds a data set; if not, the data set is downloaded to it;
   *   <li>{@code $HF_LEROBOT_HOME/user/name}, where LeRobot records to;
   *   <li>the cache {@code $HF_LEROBOT_HOME/hub}, and into it from the hub.
   * </ol>
   *
   * @param root a directory for it, or empty
   * @param revision a branch, tag or commit; empty: the tag of a format that can be read
   * @return the directory that holds {@code meta/info.json}
   * @throws BadInputException where it is neither here nor on the hub, or a download fails
   */
  public Path dataset(String id, Optional<Path> root, Optional<String> revision) {
    HubRepository repository = fresh ? hub.dataset(id).fresh() : hub.dataset(id); // refuses what is no name before it becomes a path
    Path local = root.orElseGet(() -> hub.leRobotHome().resolve(id));
    if (!fresh && Files.isRegularFile(local.resolve(LeRobotFiles.INFO))) {
      return local;
    }
    HubRepository chosen = repository.at(revision.orElseGet(() -> format(repository)));
    if (root.isEmpty()) {
      return chosen.download(LeRobotFiles::isOfDataset);
    }
    HubRepository pinned = chosen.at(chosen.commit());
    pinned.downloadTo(local, path -> LeRobotFiles.isOfDataset(path) && !path.equals(LeRobotFiles.INFO));
    pinned.downloadTo(local, LeRobotFiles.INFO::equals); // last: it says that the data set is there
    return local;
  }

  /** The tag, or branch, of the best format: seen before, else asked from the hub. */
  private static String format(HubRepository repository) {
    try {
      Optional<String> seen = best(repository.seen());
      return seen.orElseGet(() -> {
        List<String> refs = repository.refs();
        return best(refs).orElseThrow(() -> new BadInputException(repository + ": expected a tag of the data set's format, " + String.join(" or ", FORMATS)
            + ", found " + (refs.isEmpty() ? "no branches or tags" : String.join(", ", refs)) + "; name a revision, or have its owner tag it"));
      });
    } catch (IOException e) {
      throw new BadInputException(repository + ": the cache cannot be read: " + e, e);
    }
  }

  private static Optional<String> best(Collection<String> refs) {
    Optional<String> best = FORMATS.stream().filter(refs::contains).findFirst();
    best.filter(format -> !format.equals(FORMATS.get(0))).ifPresent(format -> LOGGER.warn("no tag {}: using {}", FORMATS.get(0), format));
    return best;
  }
}
