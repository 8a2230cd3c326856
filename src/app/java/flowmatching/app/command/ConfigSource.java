package flowmatching.app.command;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** A configuration given as a checkpoint's directory or as a config.json. */
final class ConfigSource {
  private ConfigSource() {}

  static FlowMatchingConfig read(Path path) {
    Path directory = Checkpoint.directory(path);
    Path file = Files.isDirectory(directory) ? directory.resolve(Checkpoint.CONFIG) : directory;
    return FlowMatchingConfig.parse(file.toString(), JsonFile.read(file));
  }
}
