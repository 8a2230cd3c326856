package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import flowmatching.runtime.RuntimeOptions;

/** What ONNX Runtime computes on. */
enum Device {
  CPU("CPU", "CPUExecutionProvider") {
    @Override
    void configure(SessionOptions options, RuntimeOptions runtime) throws OrtException {
      // The fused kernel takes three times as long as the two it replaces (version 1.29, 50 x 1024 values).
      options.addConfigEntry("optimization.disable_specified_optimizers", "SkipLayerNormFusion");
    }
  },
  CUDA("CUDA device 0", "CUDAExecutionProvider") {
    @Override
    void configure(SessionOptions options, RuntimeOptions runtime) throws OrtException {
      try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0)) {
        cuda.add("use_tf32", "0"); // float32 is float32: TF32 has 11 bits
        cuda.add("cudnn_conv_algo_search", "HEURISTIC"); // trying all takes seconds, for one convolution
        cuda.add("arena_extend_strategy", "kSameAsRequested");
        if (runtime.deviceMemory() > 0) {
          cuda.add("gpu_mem_limit", Long.toString((long) runtime.deviceMemory() << 20));
        }
        options.addCUDA(cuda);
      }
    }
  };

  private final String label;
  private final String provider;

  Device(String label, String provider) {
    this.label = label;
    this.provider = provider;
  }

  /** As descriptions have it. */
  String label() {
    return label;
  }

  /** As ONNX Runtime's profiles have it. */
  String provider() {
    return provider;
  }

  /** Asks ONNX Runtime for this device; it may still leave nodes to the CPU, see {@link Placement}. */
  abstract void configure(SessionOptions options, RuntimeOptions runtime) throws OrtException;
}
