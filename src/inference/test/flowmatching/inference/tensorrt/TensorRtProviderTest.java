package flowmatching.inference.tensorrt;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.conformance.Conformance;
import flowmatching.inference.onnx.BuildProcess;
import flowmatching.inference.onnx.HalfWeights;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.tensorrt.global.nvinfer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of TensorRT can be tried without a GPU; and what is to be tried with one. */
@Timeout(120)
class TensorRtProviderTest {
  private static final String PROFILE = "this build has no TensorRT; build with ./mvnw -Ptensorrt -DskipTests package";

  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);

  @TempDir Path directory;

  @Test
  void theProbeNamesTheProfileOrTheLibraryThatIsMissingInOneSentence() {
    Availability found = new TensorRtProvider().probe();
    assumeFalse(found.usable());
    if (!found.reason().equals(PROFILE)) {
      assertTrue(found.reason().endsWith("; it needs an NVIDIA driver, CUDA " + cudart.CUDART_VERSION / 1000 + " and TensorRT " + nvinfer.NV_TENSORRT_MAJOR
          + ", see docs/gpu.md"), found.reason());
      assertTrue(found.reason().matches("(its libraries do not load: .*lib.*\\.so.*|no NVIDIA GPU can be used: .*|found TensorRT .*)"), found.reason());
    }
    assertEquals(1, found.reason().lines().count(), found.reason());
    assertEquals(found, new TensorRtProvider().probe(), "the second look finds the same");
  }

  @Properties(@Platform(library = "jnicublas"))
  private static final class NotNeeded {}

  @Properties(@Platform(library = "jnielse"))
  private static final class Needed {}

  /** Without that the presets refuse TensorRT where cuBLAS, cuDNN or NVRTC is missing. */
  @Test
  void bindingsThatThePresetsLoadAndTensorRtDoesNotNeedArePassedOver() {
    new TensorRtProvider().probe();
    assertDoesNotThrow(() -> Loader.load(NotNeeded.class));
    assertThrows(UnsatisfiedLinkError.class, () -> Loader.load(Needed.class));
  }

  @Test
  void whereItIsNotUsableTheNameIsRefusedWithTheReasonAndAutoTakesAnother() {
    Availability found = new TensorRtProvider().probe();
    assumeFalse(found.usable());
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/b_small_one_camera"))) {
      BadInputException e = assertThrows(BadInputException.class, () -> Runtimes.open("tensorrt", checkpoint, ONE_THREAD));
      assertEquals("no runtime is usable here: tensorrt: " + found.reason(), e.getMessage());
      Runtimes.open(Runtimes.AUTO, checkpoint, ONE_THREAD).close();
    }
  }

  @Test
  @Tag("gpu")
  @Timeout(1800)
  void onAGpuTheGoldenModelsComeOut() {
    for (String name : new String[] {"b_small_one_camera", "c_three_cameras_no_padding", "d_step_encoding", "e_state_only", "f_patch_tokens"}) {
      Path model = TestData.path("golden_models/" + name);
      try (Checkpoint checkpoint = Checkpoint.open(model);
          PolicySession session = Runtimes.open("tensorrt", checkpoint, ONE_THREAD)) {
        for (Conformance.Row row : Conformance.run(model, checkpoint, session)) {
          assertTrue(row.deviation() <= 2e-3, name + ": " + row);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "c_three_cameras_no_padding, 1", "c_three_cameras_no_padding, 3", "e_state_only, 1", "e_state_only, 3", "f_patch_tokens, 1", "f_patch_tokens, 3"
  })
  void theModelsThatEnginesAreBuiltOfAreStronglyTypedAsOnnxRuntimeChecksIt(String name, int batch) throws OrtException {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + name));
        SafetensorsFile weights = HalfWeights.open(checkpoint.weights(), Precision.FLOAT16, directory)) {
      Map<String, ModelProto> models = EngineBuild.models(checkpoint, weights, Precision.FLOAT16, batch);
      assertEquals(!checkpoint.config().cameras().isEmpty(), models.containsKey(EngineBuild.VISION));
      assertEquals(!checkpoint.config().cameras().isEmpty(), models.containsKey(EngineBuild.RESIZE));
      for (ModelProto model : models.values()) {
        try (SessionOptions options = new SessionOptions()) {
          options.addConfigEntry(
              "session.model_external_initializers_file_folder_path", OnnxModels.weightsFile(weights).getParent().toString());
          OrtEnvironment.getEnvironment().createSession(model.toByteArray(), options).close();
        }
      }
    }
  }

  @Test
  void onlyWhereCamerasMayBeMissingARunSaysHowManyThereAre() {
    for (String name : new String[] {"b_small_one_camera", "c_three_cameras_no_padding", "f_patch_tokens"}) {
      try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + name));
          SafetensorsFile weights = HalfWeights.open(checkpoint.weights(), Precision.FLOAT16, directory)) {
        ModelProto vision = EngineBuild.models(checkpoint, weights, Precision.FLOAT16, 1).get(EngineBuild.VISION);
        boolean mayMiss = checkpoint.config().emptyCameras() > 0 && checkpoint.config().cameras().size() > 1;
        assertEquals(mayMiss, vision.getGraph().getInput(0).getType().getTensorType().getShape().getDim(0).hasDimParam(), name);
        assertEquals(mayMiss, EngineBuild.choosesBatch(checkpoint.config()), name);
      }
    }
  }

  /** TensorRT's parser takes other weights of a convolution for inputs, whose bias it does not take in 16 bits. */
  @Test
  void weightsOfConvolutionsAreStoredOnes() {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/f_patch_tokens"));
        SafetensorsFile weights = HalfWeights.open(checkpoint.weights(), Precision.FLOAT16, directory)) {
      GraphProto vision = EngineBuild.models(checkpoint, weights, Precision.FLOAT16, 1).get(EngineBuild.VISION).getGraph();
      Set<String> stored = vision.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
      List<NodeProto> convolutions = vision.getNodeList().stream().filter(node -> node.getOpType().equals("Conv")).toList();
      assertEquals(1, convolutions.size());
      for (String input : convolutions.get(0).getInputList().subList(1, convolutions.get(0).getInputCount())) {
        assertTrue(stored.contains(input), input);
      }
    }
  }

  @Test
  void enginesAreKeptForOneCheckpointOnePrecisionOneBatchAndOneMachine() throws IOException {
    Path golden = TestData.path("golden_models/");
    try (Checkpoint b = Checkpoint.open(golden.resolve("b_small_one_camera")); Checkpoint c = Checkpoint.open(golden.resolve("c_three_cameras_no_padding"))) {
      Path file = EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.2.0 H200", directory).file();
      assertEquals(file, EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.2.0 H200", directory).file());
      assertNotEquals(file, EngineCache.of(b, Precision.BFLOAT16, ONE_THREAD, "11.2.0 H200", directory).file());
      assertNotEquals(file, EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.3.0 H200", directory).file());
      assertNotEquals(file, EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.2.0 L4", directory).file());
      assertNotEquals(file, EngineCache.of(b, Precision.FLOAT16, ONE_THREAD.withBatch(2), "11.2.0 H200", directory).file());
      assertNotEquals(file, EngineCache.of(c, Precision.FLOAT16, ONE_THREAD, "11.2.0 H200", directory).file());
      assertFalse(EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.2.0 H200", directory).ready());
      Files.writeString(file, "engines");
      assertTrue(EngineCache.of(b, Precision.FLOAT16, ONE_THREAD, "11.2.0 H200", directory).ready());
    }
  }

  @Test
  void aBuildThatFailsGivesItsLastLineAsTheReason() {
    UnusableRuntimeException e = assertThrows(
        UnusableRuntimeException.class, () -> BuildProcess.run(List.of("sh", "-c", "echo first; echo the GPU is too small >&2; echo; exit 1")));
    assertEquals("TensorRT's engines cannot be built: the GPU is too small", e.getMessage());
    assertDoesNotThrow(() -> BuildProcess.run(List.of("true")));
  }

  @Test
  void theProgramThatBuildsRunsAndSaysWhatIsMissing() {
    assumeFalse(new TensorRtProvider().probe().usable());
    Path checkpoint = TestData.path("golden_models/e_state_only");
    Path engines = directory.resolve("x.engines");
    UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> BuildProcess.run(
        EngineBuild.command(checkpoint, Precision.FLOAT16, engines, directory.resolve("timings"), ONE_THREAD)));
    // Without its libraries, or without a GPU.
    assertTrue(e.getMessage().matches("TensorRT's engines cannot be built: (java\\.lang\\..*|TensorRT makes no builder here: .*CUDA.*)"), e.getMessage());
    assertFalse(Files.exists(engines));
  }

  @Test
  void anInterruptEndsTheProcessThatBuilds() throws Exception {
    Path pid = directory.resolve("pid");
    Throwable[] thrown = new Throwable[1];
    boolean[] interrupted = new boolean[1];
    Thread builder = new Thread(() -> {
      thrown[0] = assertThrows(UnusableRuntimeException.class,
          () -> BuildProcess.run(List.of("sh", "-c", "echo $$ > " + pid + ".part; mv " + pid + ".part " + pid + "; exec sleep 600")));
      interrupted[0] = Thread.currentThread().isInterrupted();
    });
    builder.start();
    while (!Files.exists(pid)) {
      Thread.sleep(10);
    }
    ProcessHandle process = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    builder.interrupt();
    builder.join();
    assertEquals("building TensorRT's engines was interrupted", thrown[0].getMessage());
    assertTrue(interrupted[0]);
    process.onExit().get(10, TimeUnit.SECONDS);
  }

  @Test
  void anAddressWhereNothingCanBeIsNoObject() {
    try (LongPointer object = new LongPointer(1)) {
      assertSame(object, EngineBuild.required(object, "no runtime"));
      assertEquals("no runtime", assertThrows(IllegalStateException.class, () -> EngineBuild.required(null, "no runtime")).getMessage());
      Pointer nowhere = new Pointer() {
        {
          address = 0x228;
        }
      };
      assertEquals("no runtime", assertThrows(IllegalStateException.class, () -> EngineBuild.required(nowhere, "no runtime")).getMessage());
    }
  }

  /** An object whose table of virtual functions has time(2) in the second place: it writes into what it is given. */
  @Test
  void deletingCallsTheSecondVirtualFunctionWithTheObject() {
    Loader.load(LongPointer.class);
    try (LongPointer table = new LongPointer(2); LongPointer object = new LongPointer(2)) {
      Pointer time = Loader.addressof("time");
      assumeTrue(time != null && !time.isNull());
      table.put(0, 0).put(1, time.address());
      object.put(0, table.address());
      Pointer handle = new Pointer(object);
      long before = System.currentTimeMillis() / 1000;
      Destructor.delete(handle);
      assertTrue(handle.isNull());
      assertTrue(Math.abs(object.get(0) - before) <= 5, "found " + object.get(0));
      assertDoesNotThrow(() -> Destructor.delete(handle), "twice does nothing");
    }
  }
}
