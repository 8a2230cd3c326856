package flowmatching.inference.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.runtime.DirectBuffers;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaProviderTest {
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);

  @TempDir Path directory;

  private static boolean builtForGpus() {
    return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
  }

  @Test
  void aBuildForCpusNamesTheProfile() {
    assumeFalse(builtForGpus());
    Availability found = new CudaProvider().probe();
    assertEquals(
        new Availability(false, "this build has ONNX Runtime for CPUs only; build with ./mvnw -Ponnxruntime-gpu -DskipTests package"), found);
  }

  @Test
  @Tag("gpu")
  void aBuildForGpusWithoutAGpuNamesWhatIsMissingInOneSentence() {
    Availability found = new CudaProvider().probe();
    assumeTrue(builtForGpus() && !found.usable());
    assertTrue(found.reason().startsWith("ONNX Runtime's CUDA provider does not load: "), found.reason());
    assertTrue(found.reason().endsWith("; it needs an NVIDIA driver, CUDA 12 and cuDNN 9, see docs/gpu.md"), found.reason());
    assertEquals(1, found.reason().lines().count(), found.reason());
  }

  /** As the build for GPUs said it on a machine without one. */
  @Test
  void ofWhatOnnxRuntimeSaysOnlyWhatIsMissingIsLeft() {
    OrtException e = new OrtException(OrtException.OrtErrorCode.ORT_FAIL,
        "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() "
            + "[ONNXRuntimeError] : 1 : FAIL : Failed to load library /tmp/onnxruntime-java99/libonnxruntime_providers_cuda.so with error: "
            + "libcublasLt.so.12: cannot open shared object file: No such file or directory\n");
    assertEquals(
        "Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file: "
            + "No such file or directory", GpuProbe.oneLine(e));
  }

  /** As both providers for GPUs said it with CUDA in place and a driver that has no device. */
  @Test
  void ofADeviceThatIsNotThereOnlyThatIsLeft() {
    OrtException e = new OrtException(OrtException.OrtErrorCode.ORT_FAIL,
        "/onnxruntime_src/onnxruntime/core/providers/tensorrt/tensorrt_execution_provider_info.cc:74 static onnxruntime::TensorrtExecutionProviderInfo "
            + "onnxruntime::TensorrtExecutionProviderInfo::FromProviderOptions(const onnxruntime::ProviderOptions&) [ONNXRuntimeError] : 1 : FAIL : "
            + "provider_options_utils.h:187 Parse Failed to parse provider option \"device_id\": CUDA failure 100: no CUDA-capable device is detected ; "
            + "GPU=-1 ; hostname=robot ; file=/onnxruntime_src/onnxruntime/core/providers/tensorrt/tensorrt_execution_provider_info.cc ; line=81 ; "
            + "expr=cudaGetDeviceCount(&num_devices);\n");
    assertEquals("CUDA failure 100: no CUDA-capable device is detected", GpuProbe.oneLine(e));
    Device gone = new Device("a GPU", "CUDAExecutionProvider", true, (options, runtime) -> {
      throw e;
    });
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/e_state_only"))) {
      UnusableRuntimeException refused = assertThrows(UnusableRuntimeException.class,
          () -> new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), gone, Precision.FLOAT32, ONE_THREAD));
      assertEquals("ONNX Runtime cannot load the network on a GPU: CUDA failure 100: no CUDA-capable device is detected", refused.getMessage());
    }
  }

  @Test
  void whereItIsNotUsableAutoTakesTheCpuAndTheNameIsRefused() {
    assumeFalse(new CudaProvider().probe().usable());
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/b_small_one_camera"));
        PolicySession session = Runtimes.open(Runtimes.AUTO, checkpoint, ONE_THREAD)) {
      assertTrue(session.description().contains(", CPU, float32"), session.description());
      assertThrows(RuntimeException.class, () -> Runtimes.open("onnxruntime-cuda", checkpoint, ONE_THREAD));
    }
  }

  @Test
  @Tag("gpu")
  void onAGpuTheGoldenModelsComeOut() {
    for (String name : new String[] {"a_original_constants", "c_three_cameras_no_padding", "d_step_encoding", "e_state_only", "f_patch_tokens"}) {
      Path model = TestData.path("golden_models/" + name);
      try (Checkpoint checkpoint = Checkpoint.open(model);
          PolicySession session = Runtimes.open("onnxruntime-cuda", checkpoint, ONE_THREAD)) {
        for (Conformance.Row row : Conformance.run(model, checkpoint, session)) {
          assertTrue(row.deviation() <= 5e-5, name + ": " + row);
        }
      }
    }
  }

  /** What ONNX Runtime's profile says of a run on the CPU: the model with the loop, or the one without. */
  private Path profile(Checkpoint checkpoint, boolean loop) throws OrtException {
    OnnxModels models = new OnnxModels(checkpoint, 1);
    try (SessionOptions options = new SessionOptions()) {
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path", OnnxModels.weightsFile(checkpoint.weights()).getParent().toString());
      options.enableProfiling(directory.resolve("profile").toString());
      byte[] model = (loop ? models.integrate() : models.step()).toByteArray();
      try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model, options)) {
        Map<String, ai.onnxruntime.OnnxTensor> inputs = new HashMap<>();
        session.getInputInfo().forEach((name, info) -> inputs.put(name, zeros((ai.onnxruntime.TensorInfo) info.getInfo())));
        session.run(inputs).close();
        inputs.values().forEach(ai.onnxruntime.OnnxTensor::close);
        return Path.of(session.endProfiling());
      }
    }
  }

  private static ai.onnxruntime.OnnxTensor zeros(ai.onnxruntime.TensorInfo info) {
    long[] shape = info.getShape().clone();
    int count = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = shape[i] < 0 ? 2 : shape[i];
      count *= (int) shape[i];
    }
    try {
      return ai.onnxruntime.OnnxTensor.createTensor(
          OrtEnvironment.getEnvironment(), DirectBuffers.bytes((long) count * info.type.size), shape, info.type);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aNetworkThatFellBackToTheCpuIsRefusedAndItsOperatorsNamedAlsoThoseInALoop() throws OrtException, IOException {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/f_patch_tokens"))) {
      for (boolean loop : new boolean[] {true, false}) {
        Path profile = profile(checkpoint, loop);
        UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> Placement.check(profile, Device.CUDA));
        assertTrue(e.getMessage().startsWith("ONNX Runtime did not run the whole network on CUDA device 0, but "), e.getMessage());
        for (String operator : new String[] {"Gemm", "Softmax", "LayerNormalization"}) {
          assertTrue(e.getMessage().contains(operator + " on CPUExecutionProvider"), operator + " in: " + e.getMessage());
        }
        assertDoesNotThrow(() -> Placement.check(profile, Device.CPU));
      }
    }
  }

  @Test
  void aProfileOfNothingProvesNothing() throws IOException {
    Path profile = java.nio.file.Files.writeString(directory.resolve("empty.json"), "[]");
    UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> Placement.check(profile, Device.CUDA));
    assertTrue(e.getMessage().endsWith("but nothing"), e.getMessage());
  }

  @Test
  void aGpuIsNotTakenForGrantedInTheRanks() {
    assertTrue(new CudaProvider().rank() > new OnnxRuntimeProvider().rank(), "the exact one is taken where it is usable");
    assertFalse(new CudaProvider.Float16().rank() > new OnnxRuntimeProvider().rank(), "the less exact one is taken where it is asked for");
  }
}
