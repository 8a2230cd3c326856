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

/**
 * Finds a LeRobot data set by its name as lerobot 0.6.1 does: on this machine first, else on the hub, where a tag says the format.
 *
 * <ol>
 *   <li>a directory that was given, if it holds a data set; if not, the data set is downloaded to it;
 *   <li>{@code $HF_LEROBOT_HOME/user/name}, where LeRobot records to;
 *   <li>the cache {@code $HF_LEROBOT_HOME/hub}, and into it from the hub.
 * </ol>
 */
public final class LeRobotDatasets {
  private static final Logger LOGGER = LogManager.getLogger(LeRobotDatasets.class);
  /** Formats that this program reads, the better first. LeRobot itself refuses the second. */
  private static final List<String> FORMATS = List.of("v3.0", "v2.1");
  private static final String INFO = "meta/info.json";

  private final Hub hub;

  public LeRobotDatasets(Hub hub) {
    this.hub = hub;
  }

  /**
   * @param root a directory for it, or empty
   * @param revision a branch, tag or commit; empty: the tag of a format that can be read
   * @return the directory that holds {@code meta/info.json}
   * @throws BadInputException where it is neither here nor on the hub, or a download fails
   */
  public Path find(String id, Optional<Path> root, Optional<String> revision) {
    HubRepository repository = hub.dataset(id); // refuses what is no name before it becomes a path
    Path local = root.orElseGet(() -> hub.leRobotHome().resolve(id));
    if (Files.isRegularFile(local.resolve(INFO))) {
      return local;
    }
    HubRepository chosen = repository.at(revision.orElseGet(() -> format(repository)));
    if (root.isEmpty()) {
      return chosen.download(LeRobotDatasets::isPart);
    }
    HubRepository pinned = chosen.at(chosen.commit());
    pinned.downloadTo(local, path -> isPart(path) && !path.equals(INFO));
    pinned.downloadTo(local, INFO::equals); // last: it says that the data set is there
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

  /** Not README.md and what else people keep beside it. */
  private static boolean isPart(String path) {
    return path.startsWith("meta/") || path.startsWith("data/") || path.startsWith("videos/") || path.startsWith("images/");
  }
}
