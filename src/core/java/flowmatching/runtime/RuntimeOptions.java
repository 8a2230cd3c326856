package flowmatching.runtime;

import flowmatching.BadInputException;

/**
 * How a runtime uses the machine.
 *
 * @param threads threads of one inference, 1 or more
 * @param spinning whether waiting threads burn their core: a little faster on a machine of one's own, harmful to a control loop on
 *     a shared one
 * @param batch observations of one run, 1 or more; a robot has one
 * @param deviceMemory MiB of a GPU's memory that the runtime may take; 0: as much as it needs
 */
public record RuntimeOptions(int threads, boolean spinning, int batch, int deviceMemory) {
  public RuntimeOptions {
    if (batch < 1 || batch > 1024) {
      throw new BadInputException("batch: expected 1 to 1024, found " + batch);
    }
    if (threads < 1 || threads > 1024) {
      throw new BadInputException("threads: expected 1 to 1024, found " + threads);
    }
    if (deviceMemory < 0) {
      throw new BadInputException("device_memory: expected MiB, or 0 for no limit, found " + deviceMemory);
    }
  }

  /** One observation a run, no limit to a GPU's memory. */
  public RuntimeOptions(int threads, boolean spinning) {
    this(threads, spinning, 1, 0);
  }

  public RuntimeOptions withBatch(int observations) {
    return new RuntimeOptions(threads, spinning, observations, deviceMemory);
  }

  public RuntimeOptions withDeviceMemory(int mebibytes) {
    return new RuntimeOptions(threads, spinning, batch, mebibytes);
  }

  /** Every core, no spinning, one observation a run. */
  public static RuntimeOptions defaults() {
    return new RuntimeOptions(Runtime.getRuntime().availableProcessors(), false);
  }
}
