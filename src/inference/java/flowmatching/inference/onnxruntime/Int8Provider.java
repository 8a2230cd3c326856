package flowmatching.inference.onnxruntime;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.QuantizedWeights;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;

/**
 * ONNX Runtime on the CPU with matrix products of 8 bits: weights by row, activations by the range that they have. Several times as
 * fast and a little less exact, so it is taken only where it is asked for.
 */
public final class Int8Provider implements RuntimeProvider {
  @Override
  public String name() {
    return "onnxruntime-int8";
  }

  @Override
  public String description() {
    return "ONNX Runtime, CPU, int8 products; less exact";
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public Availability probe() {
    return OnnxRuntimeProvider.loaded();
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    try (SafetensorsFile weights = QuantizedWeights.open(checkpoint.weights(), WeightsCache.directory())) {
      return new OnnxRuntimeSession(checkpoint.config(), weights, Device.CPU, Precision.FLOAT32, "int8", options);
    }
  }
}
