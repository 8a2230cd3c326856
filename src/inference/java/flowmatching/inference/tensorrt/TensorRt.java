package flowmatching.inference.tensorrt;

import flowmatching.runtime.RuntimeProvider.Availability;
import java.lang.reflect.Field;
import java.net.URL;
import java.util.List;
import java.util.Map;
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
  /** Of the presets that this was built with. */
  private static final String NEEDS = "; it needs an NVIDIA driver, CUDA " + cudart.CUDART_VERSION / 1000 + " and TensorRT " + nvinfer.NV_TENSORRT_MAJOR
      + ", see docs/gpu.md";
  /** What the presets load before TensorRT though it needs none of it: bindings of cuBLAS, cuDNN, NVRTC and plugins. */
  private static final List<String> NOT_NEEDED = List.of("jnicublas", "jnicudnn", "jninvrtc", "jninvinfer_plugin");
  /** What TensorRT says goes to the log; kept here because TensorRT does not. */
  private static ILogger logger;
  private static String error;

  static {
    leaveOut();
  }

  private TensorRt() {}

  /** JavaCPP passes over a library that it knows to be nowhere; it has no setting for that. */
  private static void leaveOut() {
    try {
      Field found = Loader.class.getDeclaredField("foundLibraries");
      found.setAccessible(true);
      @SuppressWarnings("unchecked")
      Map<String, URL[]> places = (Map<String, URL[]>) found.get(null);
      NOT_NEEDED.forEach(library -> places.putIfAbsent(library, new URL[0]));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of JavaCPP does not load TensorRT alone", e);
    }
  }

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
      if (nvinfer.getInferLibMajorVersion() != nvinfer.NV_TENSORRT_MAJOR) {
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

  /** The first error that TensorRT told since the last call of this, as the end of a sentence; empty where there is none. */
  static synchronized String because() {
    String reason = error == null ? "" : ": " + error;
    error = null;
    return reason;
  }

  private static synchronized void keep(String message) {
    error = error == null ? message : error;
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
      if (level == Level.ERROR) {
        keep(message);
      }
    }
  }
}
