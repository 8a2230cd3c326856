package flowmatching.app.training;

import flowmatching.training.data.Batch;
import flowmatching.training.data.BatchSource;

/** Measures how long the trainer waits for batches. */
final class TimedSource implements BatchSource {
  private final BatchSource source;
  private long nanos;

  TimedSource(BatchSource source) {
    this.source = source;
  }

  @Override
  public Batch batch(long number) {
    long start = System.nanoTime();
    Batch batch = source.batch(number);
    nanos += System.nanoTime() - start;
    return batch;
  }

  /** Nanoseconds waited since the last call. */
  long taken() {
    long taken = nanos;
    nanos = 0;
    return taken;
  }

  @Override
  public void close() {
    source.close();
  }
}
