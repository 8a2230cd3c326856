package flowmatching.runtime;

import flowmatching.BadInputException;

/**
 * How a runtime uses the machine.
 *
 * @param threads threads of one inference, 1 or more
 * @param spinning whether waiting threads burn their core: a little faster on a machine of one's own, harmful to a control loop on
 *     a shared one
 */
public record RuntimeOptions(int threads, boolean spinning) {
  public RuntimeOptions {
    if (threads < 1 || threads > 1024) {
      throw new BadInputException("threads: expected 1 to 1024, found " + threads);
    }
  }

  /** Every core, no spinning. */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(Runtime.getRuntime().availableProcessors(), false);
  }
}
