package flowmatching.inference.tensorrt;

import flowmatching.runtime.RuntimeProvider.Availability;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.ILogger;

/** TensorRT's libraries: whether they are there, their version and their logger. */
final class TensorRt {
  private static final Logger LOG = LogManager.getLogger(TensorRt.class);
  private static final int MAJOR = 11;
  private static final String NEEDS = "; it needs an NVIDIA driver, CUDA 13 and TensorRT " + MAJOR + ", see docs/gpu.md";
  /** What TensorRT says goes to the log; kept here because TensorRT does not. */
  private static ILogger logger;

  private TensorRt() {}

  /** Looked for once: of a library that did not load Java says the reason the first time only. */
  private static final class Found {
    static final Availability HERE = look();
  }

  static Availability probe() {
    return Found.HERE;
  }

  private static Availability look() {
    if (!hasNatives(nvinfer.class, "jninvinfer") || !hasNatives(cudart.class, "jnicudart")) {
      return new Availability(false, "this build has no TensorRT; build with ./mvnw -Ptensorrt -DskipTests package");
    }
    try {
      int[] devices = new int[1];
      int status = cudart.cudaGetDeviceCount(devices);
      if (status != cudart.cudaSuccess || devices[0] == 0) {
        return new Availability(false, "no NVIDIA GPU can be used: " + Cuda.message(status) + NEEDS);
      }
      if (nvinfer.getInferLibMajorVersion() != MAJOR) {
        return new Availability(false, "found TensorRT " + version() + NEEDS);
      }
      return new Availability(true, "TensorRT " + version() + ", " + device());
    } catch (IllegalStateException e) {
      return new Availability(false, "the GPU cannot be asked: " + e.getMessage() + NEEDS);
    } catch (LinkageError e) {
      return new Availability(false, "its libraries do not load: " + deepest(e) + NEEDS);
    }
  }

  private static boolean hasNatives(Class<?> library, String name) {
    String folder = library.getPackageName().replace('.', '/').replace("/global", "");
    return library.getResource("/" + folder + "/" + Loader.getPlatform() + "/lib" + name + ".so") != null;
  }

  /** Of a library that does not load because another does not, the other is worth saying. */
  private static String deepest(Throwable e) {
    return e.getCause() == null ? String.valueOf(e.getMessage()).replaceAll("\\S*/(lib)", "$1") : deepest(e.getCause());
  }

  static String version() {
    return nvinfer.getInferLibMajorVersion() + "." + nvinfer.getInferLibMinorVersion() + "." + nvinfer.getInferLibPatchVersion();
  }

  /** The GPU's name and compute capability: engines fit no other. */
  static String device() {
    try (cudaDeviceProp properties = new cudaDeviceProp()) {
      Cuda.check(cudart.cudaGetDeviceProperties(properties, 0), "asking for the GPU's name");
      return properties.name().getString() + " (compute capability " + properties.major() + "." + properties.minor() + ")";
    }
  }

  static synchronized ILogger logger() {
    if (logger == null) {
      logger = new Lines();
    }
    return logger;
  }

  private static final class Lines extends ILogger {
    @Override
    public void log(Severity severity, String message) {
      Level level = switch (severity.intern()) {
        case kINTERNAL_ERROR, kERROR -> Level.ERROR;
        case kWARNING -> Level.WARN;
        default -> Level.DEBUG;
      };
      LOG.log(level, message);
    }
  }
}
