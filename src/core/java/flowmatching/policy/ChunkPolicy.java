package flowmatching.policy;

/**
 * A policy that turns one observation into a chunk of actions. Nothing in {@code control} or {@code ros} knows more of a policy
 * than this.
 *
 * <p>Not safe for use by several threads at once: the worker thread owns it.
 */
public interface ChunkPolicy extends AutoCloseable {
  /** Names, sizes and rate of what goes in and comes out. */
  PolicySpec spec();

  /** Forgets everything of the episode that ends. */
  void reset();

  /**
   * Predicts the actions that follow an observation.
   *
   * @param observation pictures and state in the data set's units
   * @param prefix what is left of the chunk being played, or null; a policy that cannot use it ignores it
   * @return {@code spec().chunkLength()} actions in the data set's units
   * @throws flowmatching.BadInputException where the observation does not fit {@link #spec}, or a prefix that is used is not finite
   */
  ActionChunk predict(Observation observation, ActionPrefix prefix);

  /** Frees native memory. */
  @Override
  void close();
}
