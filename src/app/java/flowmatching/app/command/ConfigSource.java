package flowmatching.app.command;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** A configuration given as a checkpoint's directory or as a config.json. */
final class ConfigSource {
  /** Where a training step of LeRobot has it. */
  private static final String PRETRAINED = "pretrained_model";

  private ConfigSource() {}

  static FlowMatchingConfig read(Path path) {
    Path directory = directory(path);
    Path file = Files.isDirectory(directory) ? directory.resolve(Checkpoint.CONFIG) : directory;
    return FlowMatchingConfig.parse(file.toString(), JsonFile.read(file));
  }

  /** Where a checkpoint's files are: inside a training step, else the path itself. */
  static Path directory(Path path) {
    return Files.isDirectory(path.resolve(PRETRAINED)) ? path.resolve(PRETRAINED) : path;
  }
}
