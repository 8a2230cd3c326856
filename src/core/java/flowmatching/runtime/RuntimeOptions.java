package flowmatching.runtime;

import flowmatching.BadInputException;

/**
 * How a runtime uses the machine.
 *
 * @param threads threads of one inference, 1 or more
 * @param spinning whether waiting threads burn their core: a little faster on a machine of one's own, harmful to a control loop on
 *     a shared one
 * @param batch observations of one run, 1 or more; a robot has one
 */
public record RuntimeOptions(int threads, boolean spinning, int batch) {
  public RuntimeOptions {
    if (batch < 1 || batch > 1024) {
      throw new BadInputException("batch: expected 1 to 1024, found " + batch);
    }
    if (threads < 1 || threads > 1024) {
      throw new BadInputException("threads: expected 1 to 1024, found " + threads);
    }
  }

  /** One observation a run. */
  public RuntimeOptions(int threads, boolean spinning) {
    this(threads, spinning, 1);
  }

  public RuntimeOptions withBatch(int observations) {
    return new RuntimeOptions(threads, spinning, observations);
  }

  /** Every core, no spinning, one observation a run. */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(Runtime.getRuntime().availableProcessors(), false);
  }
}
