package flowmatching.runtime;

import flowmatching.checkpoint.Checkpoint;

/**
 * A way to run the network. Found by {@link java.util.ServiceLoader}; {@link Runtimes} chooses.
 */
public interface RuntimeProvider {
  /** The name that {@code --runtime} takes, lower case. */
  String name();

  /** What it is, in a few words, for lists. */
  String description();

  /** Where several are usable, the one of the highest rank is taken. */
  int rank();

  /** Whether it can run on this machine, found out by trying and not by assuming. */
  Availability probe();

  /**
   * Loads a checkpoint's network.
   *
   * @param checkpoint stays open for as long as the session
   * @throws flowmatching.BadInputException where the checkpoint or an option cannot be used
   */
  PolicySession open(Checkpoint checkpoint, RuntimeOptions options);

  /**
   * Whether a runtime can be used here.
   *
   * @param usable whether it can
   * @param reason one sentence: what it found, or why not and what to install
   */
  record Availability(boolean usable, String reason) {}
}
