package flowmatching.checkpoint;

import flowmatching.BadInputException;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A checkpoint's directory: {@code config.json} and {@code model.safetensors}, and the processor files that hold the statistics.
 *
 * <p>Opening compares every weight with what the configuration needs. Close it when nothing reads its weights any more.
 */
public final class Checkpoint implements AutoCloseable {
  public static final String CONFIG = "config.json";
  public static final String WEIGHTS = "model.safetensors";

  private final Path directory;
  private final FlowMatchingConfig config;
  private final SafetensorsFile weights;

  private Checkpoint(Path directory, FlowMatchingConfig config, SafetensorsFile weights) {
    this.directory = directory;
    this.config = config;
    this.weights = weights;
  }

  /**
   * Opens a checkpoint. A directory that holds {@code pretrained_model/} (LeRobot's layout of a training step) is taken as that.
   *
   * @throws BadInputException where a file is missing or broken, or weights do not fit the configuration; every mismatch is listed
   */
  public static Checkpoint open(Path path) {
    if (!Files.isDirectory(path)) {
      throw new BadInputException(path + ": expected a checkpoint's directory with " + CONFIG + " and " + WEIGHTS + ", found " + (Files.exists(path) ? "a file" : "nothing"));
    }
    Path inner = path.resolve("pretrained_model");
    Path directory = Files.isDirectory(inner) ? inner : path;
    Path configFile = directory.resolve(CONFIG);
    FlowMatchingConfig config = FlowMatchingConfig.parse(configFile.toString(), JsonFile.read(configFile));
    SafetensorsFile weights = SafetensorsFile.open(directory.resolve(WEIGHTS));
    try {
      WeightCheck.check(weights, config);
      return new Checkpoint(directory, config, weights);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Writes a new checkpoint with random weights. */
  public static void create(Path directory, FlowMatchingConfig config, long seed) throws IOException {
    Files.createDirectories(directory);
    new WeightInitializer(config, seed).write(directory.resolve(WEIGHTS));
    JsonFile.write(directory.resolve(CONFIG), config.toJson());
  }

  public Path directory() {
    return directory;
  }

  public FlowMatchingConfig config() {
    return config;
  }

  public SafetensorsFile weights() {
    return weights;
  }

  @Override
  public void close() {
    weights.close();
  }
}
