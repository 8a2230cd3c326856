package flowmatching.training.data;

/**
 * Where batches come from. What a batch holds depends on its number alone, never on which were asked for before, so an interrupted
 * run goes on where it was.
 *
 * <p>Used by one thread.
 */
public interface BatchSource extends AutoCloseable {
  /**
   * Batch {@code number} of this process: with {@code k} batches a step (gradient accumulation), step {@code s}, counted from 0, takes
   * numbers {@code s * k} to {@code s * k + k - 1}. Numbers that follow each other are made ahead by threads of the source.
   *
   * @return valid until the next call
   * @throws flowmatching.BadInputException where the data cannot be read
   */
  Batch batch(long number);

  /** Stops the threads and frees the buffers. */
  @Override
  void close();
}
