package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.hub.Hub;
import flowmatching.hub.LeRobotDownloads;
import flowmatching.hub.TransferListener;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;

/** The hub that this process's environment describes, with a progress bar. */
final class HubAccess {
  private HubAccess() {}

  static Hub open() {
    return Hub.of(System.getenv(), new Bar());
  }

  /**
   * A checkpoint: a directory, or where there is none a model of the hub.
   *
   * @param where it was given, for messages
   * @throws BadInputException where there is no such directory and a model of that name cannot be had
   */
  static Path checkpoint(String where, String given) {
    Path path = path(where, given);
    if (Files.exists(path)) {
      if (!Checkpoint.holds(path)) {
        throw new BadInputException(where + ": expected a directory with " + Checkpoint.WEIGHTS + ", found " + FlowMatchingLoader.place(given));
      }
      return path;
    }
    if (!Hub.isName(given)) {
      throw new BadInputException(where + ": there is no directory " + FlowMatchingLoader.place(given));
    }
    try {
      return new LeRobotDownloads(open()).checkpoint(given, Optional.empty());
    } catch (BadInputException e) {
      throw new BadInputException(where + ": there is no directory " + FlowMatchingLoader.place(given) + ", and on the hub: " + e.getMessage(), e);
    }
  }

  private static Path path(String where, String given) {
    try {
      return Path.of(given);
    } catch (InvalidPathException e) {
      throw new BadInputException(where + ": expected a directory or a model of the hub, found '" + given + "'", e);
    }
  }

  /** In KiB. */
  private static final class Bar implements TransferListener {
    private static final long UNIT = 1 << 10;
    private ProgressBar bar;
    private long moved;

    @Override
    public synchronized void begin(String what, long bytes) {
      moved = 0;
      bar = Progress.bar(what + " (KiB)", units(bytes));
    }

    @Override
    public synchronized void moved(long bytes) {
      moved += bytes;
      bar.stepTo(units(moved));
    }

    private static long units(long bytes) {
      return (bytes + UNIT - 1) / UNIT;
    }

    @Override
    public synchronized void end() {
      bar.close();
    }
  }
}
