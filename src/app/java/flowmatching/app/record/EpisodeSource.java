package flowmatching.app.record;

import flowmatching.dataset.write.DatasetSpec;
import flowmatching.dataset.write.DatasetWriter;
import java.io.IOException;

/** Where a recording's episodes come from. */
public interface EpisodeSource extends AutoCloseable {
  /**
   * What the frames hold.
   *
   * @throws flowmatching.BadInputException where the robot does not say enough to know
   */
  DatasetSpec spec() throws InterruptedException;

  /**
   * Lets one episode happen and adds its frames.
   *
   * @param number of the episode in the set
   * @return whether it is to be kept; where not, the caller discards it
   * @throws flowmatching.BadInputException where the robot falls silent; the episode is then to be discarded
   */
  boolean record(int number, DatasetWriter writer) throws IOException, InterruptedException;

  /** Ends {@link #record} soon, which then keeps nothing; any thread may call it. */
  void stop();

  @Override
  void close() throws IOException;
}
