package flowmatching.inference.onnxruntime;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.HalfWeights;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;

/** ONNX Runtime on an NVIDIA GPU, float32 without TF32. After opening, a run has shown that the network is on the GPU. */
public class CudaProvider implements RuntimeProvider {
  private final Precision precision;

  public CudaProvider() {
    this(Precision.FLOAT32);
  }

  private CudaProvider(Precision precision) {
    this.precision = precision;
  }

  /** The same with large products in float16: less exact, so it is taken only where it is asked for. */
  public static final class Float16 extends CudaProvider {
    public Float16() {
      super(Precision.FLOAT16);
    }
  }

  @Override
  public String name() {
    return precision == Precision.FLOAT32 ? "onnxruntime-cuda" : "onnxruntime-cuda-" + precision.label();
  }

  @Override
  public String description() {
    return "ONNX Runtime, NVIDIA GPU, " + precision.label() + (precision == Precision.FLOAT32 ? "" : " products; less exact");
  }

  @Override
  public int rank() {
    return precision == Precision.FLOAT32 ? 200 : 20;
  }

  @Override
  public Availability probe() {
    return GpuProbe.cuda();
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    if (precision == Precision.FLOAT32) {
      return new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), Device.CUDA, precision, options);
    }
    try (SafetensorsFile weights = HalfWeights.open(checkpoint.weights(), precision, WeightsCache.directory())) {
      return new OnnxRuntimeSession(checkpoint.config(), weights, Device.CUDA, precision, options);
    }
  }
}
