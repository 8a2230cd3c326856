package flowmatching.inference.onnxruntime;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.UnusableRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * TensorRT 10 by way of ONNX Runtime, float32 with products in TF32, which TensorRT does unless {@code NVIDIA_TF32_OVERRIDE=0}. Taken
 * only where it is asked for: it is less exact, and has not been run yet (docs/gpu.md).
 */
public final class TensorRtProvider implements RuntimeProvider {
  private static final Logger LOG = LogManager.getLogger();
  /** What ONNX Runtime, which does not build it again, says of an engine that TensorRT refuses. */
  private static final String DAMAGED = "could not deserialize engine";

  @Override
  public String name() {
    return "onnxruntime-tensorrt";
  }

  @Override
  public String description() {
    return "ONNX Runtime with TensorRT, NVIDIA GPU, TF32 products; less exact";
  }

  @Override
  public int rank() {
    return 25;
  }

  @Override
  public Availability probe() {
    return GpuProbe.tensorRt();
  }

  @Override
  public boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
    return Files.isDirectory(TensorRtEngines.directory(checkpoint, options));
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    try {
      Path engines = TensorRtEngines.directory(checkpoint, options);
      if (Files.isDirectory(engines)) {
        WeightsCache.used(engines);
        try {
          return TensorRtEngines.session(checkpoint, options, engines);
        } catch (UnusableRuntimeException e) {
          if (!e.getMessage().contains(DAMAGED)) {
            throw e;
          }
          LOG.warn("{} is built again: {}", engines, e.getMessage());
        }
      }
      TensorRtEngines.build(checkpoint, options, engines);
      return TensorRtEngines.session(checkpoint, options, engines);
    } catch (LinkageError e) {
      throw new UnusableRuntimeException("TensorRT cannot run the network: " + e.getMessage(), e);
    }
  }
}
