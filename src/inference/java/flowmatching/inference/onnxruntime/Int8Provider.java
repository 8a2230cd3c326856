package flowmatching.inference.onnxruntime;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onnx.QuantizedWeights;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import java.nio.file.Path;

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
    String chosen = System.getenv("XDG_CACHE_HOME");
    Path cache = chosen == null || chosen.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(chosen);
    try (SafetensorsFile weights = QuantizedWeights.open(checkpoint.weights(), cache.resolve("flowmatching"))) {
      return new OnnxRuntimeSession(checkpoint.config(), weights, "int8", options);
    }
  }
}
