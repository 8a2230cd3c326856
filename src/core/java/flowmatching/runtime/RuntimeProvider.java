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
   * @throws UnusableRuntimeException where another runtime may do: a library, the device or its memory
   * @throws flowmatching.BadInputException where the checkpoint or an option cannot be used
   */
  PolicySession open(Checkpoint checkpoint, RuntimeOptions options);

  /**
   * Whether {@link #open} takes seconds. Where it does not, something is built first that is kept for the next time; a node then
   * begins with another runtime. When its thread is interrupted, building ends early by an exception and leaves the interrupt set.
   *
   * @param checkpoint to be opened, from its files alone
   */
  default boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
    return true;
  }

  /**
   * Whether a runtime can be used here.
   *
   * @param usable whether it can
   * @param reason one sentence: what it found, or why not and what to install
   */
  record Availability(boolean usable, String reason) {}
}
