package flowmatching.app.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flag that names a data set. */
public final class DatasetFlags {
  @Option(names = "--dataset.root", required = true, paramLabel = "DIR", description = "LeRobotDataset (v3.0 or v2.1): the directory that holds meta/info.json.")
  private Path root;

  Path root() {
    return root;
  }
}
