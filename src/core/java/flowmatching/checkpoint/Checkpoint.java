package flowmatching.checkpoint;

import flowmatching.BadInputException;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A checkpoint's directory: {@code config.json} and {@code model.safetensors}, and the processor files that hold the statistics.
 *
 * <p>Opening compares every weight with what the configuration needs. Close it when nothing reads its weights any more.
 */
public final class Checkpoint implements AutoCloseable {
  public static final String CONFIG = "config.json";
  public static final String WEIGHTS = "model.safetensors";
  /** Where a training step of LeRobot has its policy. */
  public static final String PRETRAINED = "pretrained_model";
  /** Where a run has its newest training step. */
  public static final String NEWEST = "checkpoints/last";

  private final Path directory;
  private final FlowMatchingConfig config;
  private final SafetensorsFile weights;
  private final boolean temporary;

  private Checkpoint(Path directory, FlowMatchingConfig config, SafetensorsFile weights, boolean temporary) {
    this.directory = directory;
    this.config = config;
    this.weights = weights;
    this.temporary = temporary;
  }

  /**
   * Opens a checkpoint.
   *
   * @param path as {@link #directory(Path)} takes it
   * @throws BadInputException where a file is missing or broken, or weights do not fit the configuration; every mismatch is listed
   */
  public static Checkpoint open(Path path) {
    Path directory = existing(path);
    Path file = directory.resolve(CONFIG);
    return open(directory, FlowMatchingConfig.parse(file.toString(), JsonFile.read(file)));
  }

  /** Opens a checkpoint's weights for another configuration than its own, as {@link #open(Path)} does. */
  public static Checkpoint open(Path path, FlowMatchingConfig config) {
    Path directory = existing(path);
    SafetensorsFile weights = SafetensorsFile.open(directory.resolve(WEIGHTS));
    try {
      WeightCheck.check(weights, config);
      return new Checkpoint(directory, config, weights, false);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Where the files of a checkpoint are: inside a training step of LeRobot, or a run's newest one, else in the directory itself. */
  public static Path directory(Path path) {
    Path step = path.resolve(PRETRAINED);
    Path newest = path.resolve(NEWEST).resolve(PRETRAINED);
    return Files.isDirectory(step) ? step : Files.isDirectory(newest) ? newest : path;
  }

  private static Path existing(Path path) {
    if (!Files.isDirectory(path)) {
      throw new BadInputException(path + ": expected a checkpoint's directory with " + CONFIG + " and " + WEIGHTS + ", found " + (Files.exists(path) ? "a file" : "nothing"));
    }
    return directory(path);
  }

  /** Whether a path is a checkpoint's directory, with weights in it. */
  public static boolean holds(Path path) {
    return Files.exists(directory(path).resolve(WEIGHTS));
  }

  /** Writes a new checkpoint with random weights. */
  public static void create(Path directory, FlowMatchingConfig config, long seed) throws IOException {
    Files.createDirectories(directory);
    new WeightInitializer(config, seed).write(directory.resolve(WEIGHTS));
    JsonFile.write(directory.resolve(CONFIG), config.toJson());
  }

  /** A checkpoint with random weights in a temporary directory, which goes when it is closed. */
  public static Checkpoint temporary(FlowMatchingConfig config) {
    return temporary(config, 0);
  }

  /** The same with a seed of one's own. */
  public static Checkpoint temporary(FlowMatchingConfig config, long seed) {
    try {
      Path directory = Files.createTempDirectory("flowmatching-");
      try {
        Temporary.DIRECTORIES.add(directory);
        create(directory, config, seed);
        return new Checkpoint(directory, config, SafetensorsFile.open(directory.resolve(WEIGHTS)), true);
      } catch (IOException | RuntimeException e) {
        deleteFiles(directory);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("random weights cannot be written to a temporary directory", e);
    }
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
    if (temporary) {
      deleteFiles(directory);
    }
  }

  /** For a process that is told to end before it closes them, be it while it writes. */
  private static final class Temporary {
    static final Set<Path> DIRECTORIES = ConcurrentHashMap.newKeySet();

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> DIRECTORIES.forEach(Checkpoint::deleteFiles), "temporary weights"));
    }
  }

  private static void deleteFiles(Path directory) {
    Temporary.DIRECTORIES.remove(directory);
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("temporary weights in " + directory + " cannot be deleted", e);
    }
  }
}
