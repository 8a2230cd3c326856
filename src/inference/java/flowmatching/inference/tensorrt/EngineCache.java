package flowmatching.inference.tensorrt;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Engines of a checkpoint, kept under a name made of its weights, configuration and precision, TensorRT's version and the GPU.
 *
 * <p>They are built in a process of their own: TensorRT's builder cannot be interrupted from Java, a process can be ended at any
 * time, and what the builder took of the GPU's memory goes with it.
 */
final class EngineCache {
  private static final Logger LOG = LogManager.getLogger(EngineCache.class);
  private static final String KIND = "tensorrt";
  /** Changes where what is built changes. */
  private static final String FORMAT = "2";

  private final Path file;
  private final Path timings;
  private final Precision precision;

  private EngineCache(Path file, Path timings, Precision precision) {
    this.file = file;
    this.timings = timings;
    this.precision = precision;
  }

  static EngineCache of(Checkpoint checkpoint, Precision precision) {
    return of(checkpoint, precision, TensorRt.version() + " " + TensorRt.device(), WeightsCache.directory());
  }

  /** @param machine TensorRT's version and the GPU */
  static EngineCache of(Checkpoint checkpoint, Precision precision, String machine, Path directory) {
    String built = FORMAT + " " + machine + " " + precision + " " + checkpoint.config().toJson();
    String key = WeightsCache.key(checkpoint.weights(), built);
    Path timings = directory.resolve("tensorrt-timings-" + machine.replaceAll("[^A-Za-z0-9.]+", "_"));
    return new EngineCache(directory.resolve(KIND + "-" + key + ".engines"), timings, precision);
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
  SafetensorsFile open(Checkpoint checkpoint, RuntimeOptions options) {
    try {
      if (ready()) {
        WeightsCache.used(file);
        return SafetensorsFile.open(file);
      }
    } catch (BadInputException e) {
      LOG.warn("{} is built again: {}", file, e.getMessage());
    }
    LOG.info("building TensorRT engines into {} (once, minutes)", file);
    build(EngineBuild.command(checkpoint.directory(), precision, file, timings, options.deviceMemory()));
    WeightsCache.removeOld(file, KIND);
    return SafetensorsFile.open(file);
  }

  /** Runs a command that builds, and ends it where this thread is interrupted. */
  static void build(List<String> command) {
    try {
      Path output = Files.createTempFile("flowmatching-tensorrt-", ".log");
      try {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
          int code = process.waitFor();
          if (code != 0) {
            throw new UnusableRuntimeException("TensorRT's engines cannot be built: " + lastLine(output, code));
          }
        } catch (InterruptedException e) {
          process.destroyForcibly().onExit().join();
          Thread.currentThread().interrupt();
          throw new UnusableRuntimeException("building TensorRT's engines was interrupted", e);
        }
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UnusableRuntimeException("TensorRT's engines cannot be built: " + e, e);
    }
  }

  private static String lastLine(Path output, int code) throws IOException {
    List<String> lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
    lines.forEach(LOG::info);
    return lines.isEmpty() ? "exit code " + code : lines.get(lines.size() - 1);
  }
}
