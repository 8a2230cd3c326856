package flowmatching.control;

/** Hears of every chunk that the policy predicts, for {@code ~/predicted_chunk} and reports. */
@FunctionalInterface
public interface ChunkListener {
  /**
   * Called on the worker thread once the chunk is on its way to the loop, also where the loop will refuse it. The next inference
   * waits for the return. An exception is counted and goes no further.
   */
  void predicted(TimedChunk chunk);
}
