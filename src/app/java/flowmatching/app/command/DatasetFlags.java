package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.hub.Hub;
import flowmatching.hub.LeRobotDownloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags that name a data set. */
public final class DatasetFlags {
  @Option(names = "--dataset.root", paramLabel = "DIR", description = "LeRobotDataset (v3.0 or v2.1): the directory that holds meta/info.json.")
  private Path root;

  @Option(
      names = "--dataset.repo_id",
      paramLabel = "NAME",
      description = "Data set by its name, user/name: in --dataset.root, in $$HF_LEROBOT_HOME, or of the hub, from which it is downloaded (docs/hub.md).")
  private String repositoryId;

  @Option(names = "--dataset.revision", paramLabel = "NAME", description = "Branch, tag or commit on the hub. Default: the tag of the format, v3.0.")
  private String revision;

  /** The directory, once it has been found. */
  private Path found;

  /** Whether a data set was named. */
  boolean given() {
    return root != null || repositoryId != null;
  }

  /**
   * The data set's directory; downloads it where it is not here.
   *
   * @throws BadInputException where none was named or it cannot be had
   */
  Path root() {
    if (!given()) {
      throw new BadInputException("--dataset.root or --dataset.repo_id: expected a data set, found neither");
    }
    if (repositoryId == null && revision != null) {
      throw new BadInputException("--dataset.revision: expected --dataset.repo_id beside it, found a directory alone");
    }
    if (repositoryId == null && !Files.exists(root) && Hub.isName(root.toString())) {
      throw new BadInputException("--dataset.root: there is no directory " + root + "; --dataset.repo_id=" + root + " names a data set of the hub");
    }
    if (found == null) {
      found = repositoryId == null ? root
          : new LeRobotDownloads(HubAccess.open()).dataset(repositoryId, Optional.ofNullable(root), Optional.ofNullable(revision));
    }
    return found;
  }
}
