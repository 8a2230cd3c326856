package flowmatching.inference.onnxruntime;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.NewFile;
import flowmatching.inference.onnx.BuildProcess;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A directory of the engines that ONNX Runtime has TensorRT build of one network, with one batch, for one version and GPU. */
final class TensorRtEngines {
  private static final Logger LOG = LogManager.getLogger();
  private static final String KIND = "onnxruntime-tensorrt";
  /** Changes where what is built changes. */
  private static final String FORMAT = "1";
  private static final int NAME_BYTES = 256;
  private static final int PUT_ATTEMPTS = 100;
  private static final AtomicLong COUNTER = new AtomicLong();

  private TensorRtEngines() {}

  static Path directory(Checkpoint checkpoint, RuntimeOptions options) {
    return directory(checkpoint, options, products(System.getenv()), machine(), WeightsCache.directory());
  }

  /**
   * @param products as {@link #products} says it
   * @param machine TensorRT's version and the GPU
   */
  static Path directory(Checkpoint checkpoint, RuntimeOptions options, String products, String machine, Path cache) {
    String built = FORMAT + " " + machine + " " + products + " " + options.batch() + " " + checkpoint.config().toJson();
    return cache.resolve(KIND + "-" + WeightsCache.key(checkpoint.weights(), built) + ".engines");
  }

  /** How TensorRT's builder makes products in this environment; an engine keeps it. */
  static String products(Map<String, String> environment) {
    return "0".equals(environment.get("NVIDIA_TF32_OVERRIDE")) ? "float32" : "float32, products in TF32";
  }

  /** Of TensorRT and the GPU, asked as ONNX Runtime would: by the names of the libraries that it loads. */
  private static String machine() {
    int version = NativeLibrary.getInstance("libnvinfer.so.10").getFunction("getInferLibVersion").invokeInt(new Object[0]);
    NativeLibrary driver = NativeLibrary.getInstance("libcuda.so.1");
    byte[] name = new byte[NAME_BYTES];
    driver.getFunction("cuInit").invokeInt(new Object[] {0});
    driver.getFunction("cuDeviceGetName").invokeInt(new Object[] {name, name.length, 0});
    return OnnxEnvironment.get().getVersion() + " " + version + " " + Native.toString(name);
  }

  /**
   * Builds the engines into a directory, by opening the network once in another process.
   *
   * @throws UnusableRuntimeException where they cannot be built, or the thread was interrupted, which it then still is
   */
  static void build(Checkpoint checkpoint, RuntimeOptions options, Path directory) {
    LOG.info("building TensorRT engines into {} (once, minutes)", directory);
    try {
      keep(directory, part -> BuildProcess.run(command(checkpoint, options, part)));
    } catch (IOException e) {
      throw new UnusableRuntimeException(directory + ": engines cannot be kept: " + e + "; XDG_CACHE_HOME names another directory", e);
    }
    WeightsCache.removeOld(directory, KIND);
  }

  /** Fills a directory that is there whole or not at all, in place of one that is there; others may do the same at the same time. */
  static void keep(Path directory, NewFile.Content engines) throws IOException {
    Files.createDirectories(directory.getParent());
    // Not Files.createTempDirectory: its mode 0700 would stay with the finished directory.
    String own = "." + directory.getFileName() + "." + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    Path part = directory.resolveSibling(own + ".part");
    Path old = directory.resolveSibling(own + ".old.part");
    try {
      Files.createDirectory(part);
      engines.writeTo(part);
      try {
        Files.move(directory, old, StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        // There was none.
      }
      put(part, directory);
    } finally {
      Directories.delete(part);
      Directories.delete(old);
    }
  }

  /** Where others have put theirs in the same moment, those stay. */
  private static void put(Path part, Path directory) throws IOException {
    for (int attempt = 1;; attempt++) {
      try {
        Files.move(part, directory, StandardCopyOption.ATOMIC_MOVE);
        return;
      } catch (FileSystemException e) {
        if (Files.isDirectory(directory)) {
          LOG.debug("another process has built {} in the same moment", directory);
          return;
        }
        // Others' may have been there for the move and be moved away by now, by one that has not yet put its own there.
        if (attempt == PUT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  static List<String> command(Checkpoint checkpoint, RuntimeOptions options, Path directory) {
    return BuildProcess.command(TensorRtEngines.class, checkpoint.directory().toString(), directory.toString(),
        Integer.toString(options.batch()), Integer.toString(options.deviceMemory()));
  }

  public static void main(String[] arguments) {
    BuildProcess.main(() -> {
      RuntimeOptions options = new RuntimeOptions(1, false, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
      try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
          OnnxRuntimeSession session = session(checkpoint, options, Path.of(arguments[1]))) {
        session.timeEmbedding(0); // its model is loaded when it is wanted
      }
    });
  }

  /** @param directory of engines; those that are not there are built */
  static OnnxRuntimeSession session(Checkpoint checkpoint, RuntimeOptions options, Path directory) {
    return new OnnxRuntimeSession(
        checkpoint.config(), checkpoint.weights(), Device.tensorRt(directory), Precision.FLOAT32, products(System.getenv()), options);
  }
}
