package flowmatching.inference.tensorrt;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.BuildProcess;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Engines of a checkpoint, kept under a name made of its weights, configuration, precision and batch, TensorRT's version and the GPU. */
final class EngineCache {
  private static final Logger LOG = LogManager.getLogger(EngineCache.class);
  private static final String KIND = "tensorrt";
  /** Changes where what is built changes. */
  private static final String FORMAT = "2";

  private final Path file;
  private final Path timings;
  private final Precision precision;
  private final RuntimeOptions options;

  private EngineCache(Path file, Path timings, Precision precision, RuntimeOptions options) {
    this.file = file;
    this.timings = timings;
    this.precision = precision;
    this.options = options;
  }

  static EngineCache of(Checkpoint checkpoint, Precision precision, RuntimeOptions options) {
    return of(checkpoint, precision, options, TensorRt.version() + " " + TensorRt.device(), WeightsCache.directory());
  }

  /** @param machine TensorRT's version and the GPU */
  static EngineCache of(Checkpoint checkpoint, Precision precision, RuntimeOptions options, String machine, Path directory) {
    String built = FORMAT + " " + machine + " " + precision + " " + options.batch() + " " + checkpoint.config().toJson();
    String key = WeightsCache.key(checkpoint.weights(), built);
    Path timings = directory.resolve("tensorrt-timings-" + machine.replaceAll("[^A-Za-z0-9.]+", "_"));
    return new EngineCache(directory.resolve(KIND + "-" + key + ".engines"), timings, precision, options);
  }

  Path file() {
    return file;
  }

  boolean ready() {
    return Files.isRegularFile(file);
  }

  /**
   * The engines, by name; built first where they are not there, which takes minutes.
   *
   * @throws UnusableRuntimeException where they cannot be built, or the thread was interrupted, which it then still is
   */
  SafetensorsFile open(Checkpoint checkpoint) {
    try {
      if (ready()) {
        WeightsCache.used(file);
        return SafetensorsFile.open(file);
      }
    } catch (BadInputException e) {
      LOG.warn("{} is built again: {}", file, e.getMessage());
    }
    LOG.info("building TensorRT engines into {} (once, minutes)", file);
    BuildProcess.run(EngineBuild.command(checkpoint.directory(), precision, file, timings, options));
    WeightsCache.removeOld(file, KIND);
    return SafetensorsFile.open(file);
  }
}
