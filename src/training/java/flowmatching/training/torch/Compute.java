package flowmatching.training.torch;

import flowmatching.BadInputException;
import flowmatching.dataset.NativeLibraries;
import java.util.function.Supplier;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Where libtorch computes and how precisely. One for the whole process, since its threads are the process's. */
public final class Compute {
  private final Device device;
  private final boolean cpu;
  private final boolean reduced;

  /** The arithmetic of matrix products; everything that is kept is float32. */
  public enum Precision {
    /** float32 throughout. */
    FP32,
    /** Matrix products in bfloat16, as PyTorch's autocast has them. */
    BF16
  }

  static {
    // JavaCPP would stop the process when it holds more than four times the Java heap, which libtorch soon does.
    if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
  }

  /**
   * @param device {@code cpu}, {@code cuda} or {@code cuda:N}
   * @param threads of libtorch on the CPU, 1 or more
   * @throws BadInputException where there is no such device, or libtorch has no build for this machine
   */
  public Compute(String device, Precision precision, int threads) {
    if (!device.matches("cpu|cuda(:\\d+)?")) {
      throw new BadInputException("device: expected cpu, cuda or cuda:N, found '" + device + "'");
    }
    if (threads < 1) {
      throw new BadInputException("threads: expected 1 or more, found " + threads);
    }
    try {
      unpack();
      torch.set_num_threads(threads);
      // Products run in oneDNN on libtorch's threads; what is left for OpenBLAS is attention in float32, called from all of them at once.
      openblas_nolapack.blas_set_num_threads(torch.hasMKLDNN() ? 1 : threads);
    } catch (NoClassDefFoundError e) {
      throw new BadInputException("this build has no libtorch, as archives of packaging/release.sh --robot and --gpu: it does not train", e);
    } catch (LinkageError e) {
      throw new BadInputException("libtorch cannot be loaded; it is published for linux-x86_64 and macosx-arm64: " + e.getMessage(), e);
    }
    cpu = device.equals("cpu");
    if (!cpu && !torch.cuda_is_available()) {
      throw new BadInputException("device: '" + device + "' needs an NVIDIA GPU and a build with ./mvnw -Pcuda -DskipTests package; this libtorch finds none");
    }
    this.device = new Device(device);
    this.reduced = precision == Precision.BF16;
  }

  /** {@code cuda} where libtorch finds a GPU, else {@code cpu}. */
  public static String bestDevice() {
    try {
      unpack();
      return torch.cuda_is_available() ? "cuda" : "cpu";
    } catch (LinkageError e) {
      return "cpu"; // says what is missing when it is used
    }
  }

  /** To be called before anything of libtorch is used: its libraries find each other only where all are there. */
  public static void unpack() {
    NativeLibraries.unpack("openblas", "pytorch");
  }

  public Device device() {
    return device;
  }

  /** The tensor itself where it is on the device already, else a copy there. */
  public Tensor move(Tensor tensor) {
    return cpu ? tensor : tensor.to(device, tensor.scalar_type());
  }

  @Override
  public String toString() {
    return device.str().getString() + (reduced ? ", bfloat16" : ", float32") + ", " + torch.get_num_threads() + " threads";
  }

  /** Whether matrix products run in float32, in oneDNN. */
  boolean multipliesInOneDnn() {
    return cpu && torch.hasMKLDNN() && !torch.is_autocast_enabled(torch.DeviceType.CPU);
  }

  /** Whether matrix products run in bfloat16 on the CPU. */
  boolean reducedOnCpu() {
    return cpu && torch.is_autocast_enabled(torch.DeviceType.CPU);
  }

  /** Runs the forward pass, with autocast where the precision is reduced: libtorch chooses by operation, as PyTorch does. */
  public <T> T autocast(Supplier<T> forward) {
    torch.DeviceType type = cpu ? torch.DeviceType.CPU : torch.DeviceType.CUDA;
    boolean before = torch.is_autocast_enabled(type);
    torch.set_autocast_dtype(type, torch.ScalarType.BFloat16);
    // Its cache of weights could not be emptied from here, and nearly every weight is used once a pass.
    torch.set_autocast_cache_enabled(false);
    torch.set_autocast_enabled(type, reduced);
    try {
      return forward.get();
    } finally {
      torch.set_autocast_enabled(type, before);
    }
  }
}
