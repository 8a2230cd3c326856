package flowmatching.inference.onnxruntime;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.inference.onnx.Precision;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;

/** ONNX Runtime on the CPU, float32: runs everywhere and is what the others are checked against. */
public final class OnnxRuntimeProvider implements RuntimeProvider {
  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public String description() {
    return "ONNX Runtime, CPU, float32";
  }

  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Availability probe() {
    return loaded();
  }

  /** Whether the native library loads. */
  static Availability loaded() {
    try {
      return new Availability(true, "ONNX Runtime " + OnnxEnvironment.get().getVersion());
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      return new Availability(false, "its native library does not load on " + platform + ": " + e.getMessage());
    }
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    return new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), Device.CPU, Precision.FLOAT32, options);
  }
}
