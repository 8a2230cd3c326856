package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import picocli.CommandLine.Option;

/** The flags that choose a runtime and its threads. */
public final class RuntimeFlags {
  @Option(names = "--runtime", paramLabel = "NAME", defaultValue = Runtimes.AUTO, description = "One of 'flowmatching runtimes', or auto. Default: ${DEFAULT-VALUE}.")
  private String name;

  @Option(names = "--threads", paramLabel = "N", description = "Threads of one inference. Default: every core.")
  private Integer threads;

  @Option(names = "--spinning", description = "Let waiting threads burn their core: a little faster, on a machine of its own.")
  private boolean spinning;

  @Option(names = "--device_memory", paramLabel = "MIB", defaultValue = "0", description = "MiB of a GPU's memory that a runtime may take; 0: no limit. Default: ${DEFAULT-VALUE}.")
  private int deviceMemory;

  String name() {
    return name;
  }

  /** @throws BadInputException where several runtimes are named */
  void requireOne(String flag) {
    if (name.contains(",") || name.equals("all")) {
      throw new BadInputException(flag + ": expected one --runtime beside it, found '" + name + "'");
    }
  }

  RuntimeOptions options() {
    return new RuntimeOptions(threads == null ? RuntimeOptions.defaults().threads() : threads, spinning).withDeviceMemory(deviceMemory);
  }
}
