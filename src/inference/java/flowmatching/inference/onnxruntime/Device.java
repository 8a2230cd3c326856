package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import flowmatching.runtime.RuntimeOptions;
import java.nio.file.Path;

/**
 * What ONNX Runtime computes on.
 *
 * @param label as descriptions have it
 * @param provider as ONNX Runtime's profiles have it
 * @param loops whether a chunk's evaluations are a loop inside the model; else each is a run
 * @param configuration asks ONNX Runtime for the device; it may still leave nodes to another, see {@link Placement}
 */
record Device(String label, String provider, boolean loops, Configuration configuration) {
  static final Device CPU = new Device("CPU", "CPUExecutionProvider", true, Device::cpu);
  static final Device CUDA = new Device("CUDA device 0", "CUDAExecutionProvider", true, Device::cuda);

  /** Asks for a device. */
  interface Configuration {
    void apply(SessionOptions options, RuntimeOptions runtime) throws OrtException;
  }

  /**
   * TensorRT as ONNX Runtime offers it. It takes a loop whole or leaves it, so there is none.
   *
   * @param engines the directory to keep built engines in, of one network alone, because their names say nothing of weights and shapes
   *     (version 1.29); null to keep none
   */
  static Device tensorRt(Path engines) {
    return new Device("TensorRT on CUDA device 0", "TensorrtExecutionProvider", false, (options, runtime) -> tensorRt(options, runtime, engines));
  }

  private static void cpu(SessionOptions options, RuntimeOptions runtime) throws OrtException {
    // The fused kernel takes three times as long as the two it replaces (version 1.29, 50 x 1024 values).
    options.addConfigEntry("optimization.disable_specified_optimizers", "SkipLayerNormFusion");
  }

  private static void cuda(SessionOptions options, RuntimeOptions runtime) throws OrtException {
    try (OrtCUDAProviderOptions cuda = cudaOptions(runtime)) {
      options.addCUDA(cuda);
    }
  }

  /** Making them also unpacks the library. */
  private static OrtCUDAProviderOptions cudaOptions(RuntimeOptions runtime) throws OrtException {
    OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0);
    cuda.add("use_tf32", "0"); // float32 is float32: TF32 has 11 bits
    cuda.add("cudnn_conv_algo_search", "HEURISTIC"); // trying all takes seconds, for one convolution
    cuda.add("arena_extend_strategy", "kSameAsRequested");
    if (runtime.deviceMemory() > 0) {
      cuda.add("gpu_mem_limit", Long.toString((long) runtime.deviceMemory() << 20));
    }
    return cuda;
  }

  /** What TensorRT does not take goes to CUDA, whose library it needs in any case. */
  private static void tensorRt(SessionOptions options, RuntimeOptions runtime, Path engines) throws OrtException {
    try (OrtCUDAProviderOptions cuda = cudaOptions(runtime); OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(0)) {
      if (engines != null) {
        tensorRt.add("trt_engine_cache_enable", "1");
        tensorRt.add("trt_engine_cache_path", engines.toString());
      }
      if (runtime.deviceMemory() > 0) {
        tensorRt.add("trt_max_workspace_size", Long.toString((long) runtime.deviceMemory() << 20));
      }
      options.addTensorrt(tensorRt);
      options.addCUDA(cuda);
    }
  }
}
