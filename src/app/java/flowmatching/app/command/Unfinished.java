package flowmatching.app.command;

import flowmatching.BadInputException;
import java.io.IOException;

/** Work of which nothing is to be left where it does not come to its end. */
final class Unfinished {
  private Unfinished() {}

  /** Takes away its own files where it fails, and fails soon where its thread is interrupted. */
  interface Work {
    void run() throws IOException;
  }

  /**
   * Does it; Ctrl-C and SIGTERM, which end a process at once otherwise, make it fail first.
   *
   * @throws BadInputException where the signal came
   */
  static void takeAway(Work work) throws IOException {
    Thread worker = Thread.currentThread();
    boolean[] stopped = {false};
    try (StopSignal signal = new StopSignal()) {
      signal.onStop(() -> {
        stopped[0] = true;
        worker.interrupt();
      });
      work.run();
    } catch (IOException | RuntimeException e) {
      if (stopped[0]) {
        throw new BadInputException("interrupted, nothing of it is left", e);
      }
      throw e;
    }
  }
}
