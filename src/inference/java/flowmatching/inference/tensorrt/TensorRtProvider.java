package flowmatching.inference.tensorrt;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.Precision;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.UnusableRuntimeException;

/**
 * TensorRT 11 on an NVIDIA GPU: large products in float16, a chunk's evaluations in one CUDA graph. Taken only where it is asked
 * for: it is less exact, and has not been run yet (docs/gpu.md).
 */
public final class TensorRtProvider implements RuntimeProvider {
  private static final Precision PRECISION = Precision.FLOAT16;

  @Override
  public String name() {
    return "tensorrt";
  }

  @Override
  public String description() {
    return "TensorRT, NVIDIA GPU, " + PRECISION.label() + " products; less exact";
  }

  @Override
  public int rank() {
    return 30;
  }

  @Override
  public Availability probe() {
    return TensorRt.probe();
  }

  @Override
  public boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
    return EngineCache.of(checkpoint, PRECISION, options).ready();
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    try (SafetensorsFile engines = EngineCache.of(checkpoint, PRECISION, options).open(checkpoint)) {
      return new TensorRtSession(checkpoint.config(), engines, PRECISION, options.batch());
    } catch (IllegalStateException | LinkageError e) {
      throw new UnusableRuntimeException("TensorRT cannot run the network: " + e.getMessage(), e);
    }
  }
}
