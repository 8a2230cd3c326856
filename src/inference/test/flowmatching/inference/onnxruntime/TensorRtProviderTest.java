package flowmatching.inference.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What of TensorRT by way of ONNX Runtime can be tried without a GPU; and what is to be tried with one. */
@Timeout(120)
class TensorRtProviderTest {
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);
  private static final Path GOLDEN = TestData.path("golden_models");

  private static final String TF32 = "float32, products in TF32";

  @TempDir Path cache;

  @Test
  void whereCudaIsNotUsableThatIsTheReasonBecauseOnnxRuntimeNeedsItForTensorRt() {
    Availability cuda = new CudaProvider().probe();
    assumeFalse(cuda.usable());
    assertEquals(cuda, new TensorRtProvider().probe());
    try (Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("b_small_one_camera"))) {
      UnusableRuntimeException e =
          assertThrows(UnusableRuntimeException.class, () -> Runtimes.open("onnxruntime-tensorrt", checkpoint, ONE_THREAD));
      assertEquals("no runtime is usable here: onnxruntime-tensorrt: " + cuda.reason(), e.getMessage());
    }
  }

  /** ONNX Runtime names an engine's file by the graph's names and not by what it computes. */
  @Test
  void enginesAreKeptForOneCheckpointOneBatchAndOneMachine() {
    try (Checkpoint b = Checkpoint.open(GOLDEN.resolve("b_small_one_camera")); Checkpoint c = Checkpoint.open(GOLDEN.resolve("c_three_cameras_no_padding"))) {
      Path directory = TensorRtEngines.directory(b, ONE_THREAD, TF32, "10.14 H200", cache);
      assertEquals(directory, TensorRtEngines.directory(b, ONE_THREAD.withDeviceMemory(512), TF32, "10.14 H200", cache));
      Set<Path> others = new HashSet<>(List.of(
          TensorRtEngines.directory(c, ONE_THREAD, TF32, "10.14 H200", cache), TensorRtEngines.directory(b, ONE_THREAD.withBatch(2), TF32, "10.14 H200", cache),
          TensorRtEngines.directory(b, ONE_THREAD, TF32, "10.15 H200", cache), TensorRtEngines.directory(b, ONE_THREAD, TF32, "10.14 L4", cache)));
      assertEquals(4, others.size());
      assertFalse(others.contains(directory));
      assertNotEquals(cache, directory);
    }
  }

  /** NVIDIA's variable is asked when engines are built: those that are there keep what they have. */
  @Test
  void enginesBuiltWithoutTf32AreOthersAndAreCalledSo() {
    String usual = TensorRtEngines.products(Map.of());
    String exact = TensorRtEngines.products(Map.of("NVIDIA_TF32_OVERRIDE", "0"));
    assertEquals("float32, products in TF32", usual);
    assertEquals(usual, TensorRtEngines.products(Map.of("NVIDIA_TF32_OVERRIDE", "1")));
    assertEquals("float32", exact);
    try (Checkpoint b = Checkpoint.open(GOLDEN.resolve("b_small_one_camera"))) {
      assertNotEquals(TensorRtEngines.directory(b, ONE_THREAD, usual, "10.14 H200", cache), TensorRtEngines.directory(b, ONE_THREAD, exact, "10.14 H200", cache));
    }
  }

  private static void file(Path directory, String content) throws IOException {
    Files.writeString(directory.resolve("engine"), content);
  }

  /** A cache may be shared, as files in it can be. */
  @Test
  void enginesCanBeReadByWhoCanReadTheCache() throws IOException {
    Path engines = cache.resolve("x.engines");
    TensorRtEngines.keep(engines, part -> file(part, "new"));
    assertEquals(Files.getPosixFilePermissions(Files.createDirectory(cache.resolve("usual"))), Files.getPosixFilePermissions(engines));
  }

  @Test
  void enginesThatTensorRtRefusedAreReplaced() throws IOException {
    Path engines = cache.resolve("x.engines");
    TensorRtEngines.keep(engines, part -> file(part, "damaged"));
    TensorRtEngines.keep(engines, part -> file(part, "good"));
    assertEquals("good", Files.readString(engines.resolve("engine")));
    try (Stream<Path> left = Files.list(cache)) {
      assertEquals(List.of(engines), left.toList());
    }
  }

  /** Two nodes that start with the same policy. */
  @Test
  void whoBuildsTheSameAtTheSameTimeFindsEnginesWhoeverIsFirst() throws Exception {
    Path engines = cache.resolve("x.engines");
    ExecutorService builders = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 200; round++) {
        CyclicBarrier together = new CyclicBarrier(8);
        List<Future<String>> found = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          found.add(builders.submit(() -> {
            TensorRtEngines.keep(engines, part -> {
              file(part, "good");
              assertDoesNotThrow(() -> together.await());
            });
            return "kept";
          }));
        }
        for (Future<String> each : found) {
          assertEquals("kept", each.get());
        }
        assertEquals("good", Files.readString(engines.resolve("engine")));
        try (Stream<Path> left = Files.list(cache)) {
          assertEquals(List.of(engines), left.toList());
        }
      }
    } finally {
      builders.shutdownNow();
    }
  }

  @Test
  void aBuildThatFailsSaysWhyAndLeavesNothingAndHarmsNoEnginesThatWereThere() throws IOException {
    assumeFalse(new TensorRtProvider().probe().usable());
    try (Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("e_state_only"))) {
      Path there = Files.createDirectories(TensorRtEngines.directory(checkpoint, ONE_THREAD, TF32, "x", cache));
      Files.writeString(there.resolve("good.engine"), "good");
      UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> TensorRtEngines.build(checkpoint, ONE_THREAD, there));
      assertTrue(e.getMessage().startsWith("TensorRT's engines cannot be built: ONNX Runtime cannot load the network on TensorRT on CUDA device 0: "),
          e.getMessage());
      assertEquals("good", Files.readString(there.resolve("good.engine")));
      try (Stream<Path> left = Files.list(cache)) {
        assertEquals(List.of(there), left.toList());
      }
    }
  }

  /** The tolerance is a quarter of bfloat16's (GoldenModelsTest), whose roundings are four times those of TF32. */
  @Test
  @Tag("gpu")
  @Timeout(1800)
  void onAGpuTheGoldenModelsComeOut() {
    for (String name : new String[] {"a_original_constants", "b_small_one_camera", "c_three_cameras_no_padding", "d_step_encoding", "e_state_only", "f_patch_tokens"}) {
      Path model = GOLDEN.resolve(name);
      try (Checkpoint checkpoint = Checkpoint.open(model);
          PolicySession session = Runtimes.open("onnxruntime-tensorrt", checkpoint, ONE_THREAD)) {
        for (Conformance.Row row : Conformance.run(model, checkpoint, session)) {
          assertTrue(row.deviation() <= 0.015, name + ": " + row);
        }
      }
    }
  }

  @Test
  void itIsTakenOnlyWhereItIsAskedFor() {
    assertFalse(new TensorRtProvider().rank() > new OnnxRuntimeProvider().rank());
  }
}
