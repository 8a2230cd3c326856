package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.VisionBackbone;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the golden models do not show of oneDNN: memory, garbage, order of calls, larger matrices, a processor that lacks something. */
class OneDnnSessionTest {
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);
  private static final int MEBIBYTE = 1 << 20;

  /** Large enough that products of tokens are in 8 bits, in the vision encoder those of its last blocks. */
  private static FlowMatchingConfig config() {
    return FlowMatchingConfig.builder().camera("observation.images.a", 32, 32).camera("observation.images.b", 32, 32).state(6).action(6, 30)
        .vision(new VisionBackbone(8, 4, 2, 128, 256), 32, 32).set("hidden_dim", 256).build();
  }

  private static PolicySession open(String runtime, Checkpoint checkpoint, int threads) {
    UsableRuntimes.assumeUsable(runtime);
    return Runtimes.open(runtime, checkpoint, new RuntimeOptions(threads, false));
  }

  private static void observe(PolicySession session, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < session.images().capacity(); i++) {
      session.images().put(i, random.nextFloat());
    }
    for (int i = 0; i < session.state().capacity(); i++) {
      session.state().put(i, (float) random.nextGaussian());
    }
    session.encodeImages(new boolean[] {true, true});
    session.encodeState();
  }

  private static float[] noise(FlowMatchingConfig config) {
    Random random = new Random(1);
    float[] noise = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    return noise;
  }

  private static float[] chunk(PolicySession session, FlowMatchingConfig config, long seed) {
    observe(session, seed);
    float[] x = noise(config);
    session.integrate(Solver.EULER.plan(10), null, x);
    return x;
  }

  private static double relativeError(float[] expected, float[] found) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += Math.pow(found[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(error / size);
  }

  /** Root mean square. */
  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void aChunkIsThatOfFloat32ToTheRuntimesPrecision(String runtime) {
    try (Checkpoint checkpoint = Checkpoint.temporary(config());
        PolicySession exact = open("onnxruntime", checkpoint, 1);
        PolicySession session = open(runtime, checkpoint, 1)) {
      for (int seed = 0; seed < 6; seed++) {
        double error = relativeError(chunk(exact, config(), seed), chunk(session, config(), seed));
        assertTrue(error < (runtime.endsWith("int8") ? 6e-3 : 2.5e-3), "relative error " + error + " of observation " + seed);
      }
    }
  }

  /** With 8 bits a batch shares its range. Of the golden models two have matrices that are large enough for 8 bits. */
  @ParameterizedTest
  @ValueSource(strings = {"onnxruntime-int8", "onednn-bf16", "onednn-int8"})
  void aBatchIsThatOfFloat32ToTheRuntimesPrecision(String runtime) {
    UsableRuntimes.assumeUsable(runtime);
    RuntimeOptions three = ONE_THREAD.withBatch(3);
    try (Checkpoint checkpoint = Checkpoint.temporary(config());
        PolicySession exact = Runtimes.open("onnxruntime", checkpoint, three);
        PolicySession session = Runtimes.open(runtime, checkpoint, three)) {
      float[] expected = chunks(exact, 3);
      float[] found = chunks(session, 3);
      for (int i = 0; i < 3; i++) {
        int length = expected.length / 3;
        double error =
            relativeError(Arrays.copyOfRange(expected, i * length, (i + 1) * length), Arrays.copyOfRange(found, i * length, (i + 1) * length));
        assertTrue(error > 1e-5 && error < (runtime.endsWith("int8") ? 6e-3 : 2.5e-3), "relative error " + error + " of observation " + i);
      }
      assertTrue(session.description().endsWith(", batch 3"), session.description());
    }
  }

  /** One action a chunk: every product of the denoiser has one row an observation, so 8 bits take none of them, alone or in a batch. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void chunksOfOneActionAreAsExactInABatchAsAlone(int batch) {
    FlowMatchingConfig config = FlowMatchingConfig.builder().state(6).action(6, 30).set("n_action_steps", 1).set("hidden_dim", 256).build();
    UsableRuntimes.assumeUsable("onednn-bf16");
    UsableRuntimes.assumeUsable("onednn-int8");
    RuntimeOptions options = ONE_THREAD.withBatch(batch);
    try (Checkpoint checkpoint = Checkpoint.temporary(config);
        PolicySession half = Runtimes.open("onednn-bf16", checkpoint, options);
        PolicySession session = Runtimes.open("onednn-int8", checkpoint, options)) {
      assertArrayEquals(chunks(half, config, batch), chunks(session, config, batch));
    }
  }

  private static float[] chunks(PolicySession session, int batch) {
    return chunks(session, config(), batch);
  }

  private static float[] chunks(PolicySession session, FlowMatchingConfig config, int batch) {
    Random random = new Random(4);
    for (int i = 0; i < session.images().capacity(); i++) {
      session.images().put(i, random.nextFloat());
    }
    for (int i = 0; i < session.state().capacity(); i++) {
      session.state().put(i, (float) random.nextGaussian());
    }
    boolean[] present = new boolean[config.cameras().size() * batch];
    Arrays.fill(present, true);
    session.encodeImages(present);
    session.encodeState();
    float[] x = new float[batch * noise(config).length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    session.integrate(Solver.EULER.plan(10), null, x);
    return x;
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void theSameObservationGivesTheSameChunkWhateverWasAskedBefore(String runtime) {
    try (Checkpoint checkpoint = Checkpoint.temporary(config());
        PolicySession session = open(runtime, checkpoint, 2);
        PolicySession fresh = open(runtime, checkpoint, 2)) {
      chunk(session, config(), 5);
      session.velocity(noise(config()), 0.3f, noise(config()));
      session.timeEmbedding(0.7f);
      assertArrayEquals(chunk(fresh, config(), 3), chunk(session, config(), 3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void aCameraThatIsMissingHasNoPartInTheChunk(String runtime) {
    try (Checkpoint checkpoint = Checkpoint.temporary(config()); PolicySession session = open(runtime, checkpoint, 1)) {
      observe(session, 3);
      session.encodeImages(new boolean[] {true, false});
      session.encodeState();
      float[] first = noise(config());
      session.integrate(Solver.EULER.plan(2), null, first);
      int half = session.images().capacity() / 2;
      for (int i = 0; i < half; i++) {
        session.images().put(half + i, 0.5f);
      }
      session.encodeImages(new boolean[] {true, false});
      session.encodeState();
      float[] second = noise(config());
      session.integrate(Solver.EULER.plan(2), null, second);
      assertArrayEquals(first, second);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void aChunkMakesUnderFourKilobytesOfGarbageOnAverage(String runtime) {
    try (Checkpoint checkpoint = Checkpoint.temporary(config()); PolicySession session = open(runtime, checkpoint, 1)) {
      IntegrationPlan plan = Solver.EULER.plan(10);
      Guidance guidance = new Guidance(noise(config()), new float[config().chunkLength()], 10);
      float[] x = noise(config());
      boolean[] present = {true, true};
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = 0;
      for (int i = 0; i < 60; i++) {
        if (i == 20) {
          before = threads.getCurrentThreadAllocatedBytes();
        }
        session.encodeImages(present);
        session.encodeState();
        session.integrate(plan, guidance, x);
        Arrays.fill(x, 0.5f);
      }
      long each = (threads.getCurrentThreadAllocatedBytes() - before) / 40;
      assertTrue(each < 4096, each + " bytes a chunk");
    }
  }

  /** A session of this model holds some 12 MiB. The process's own memory moves by tens of MiB beside that, so there are many. */
  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void whatASessionHoldsIsFreedWhenItIsClosed(String runtime) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.temporary(config())) {
      long before = 0;
      for (int i = 0; i < 110; i++) {
        if (i == 10) {
          before = resident();
        }
        PolicySession session = open(runtime, checkpoint, 1);
        chunk(session, config(), i);
        session.close();
        session.close(); // once more does nothing
      }
      long grown = resident() - before;
      assertTrue(grown < 200L * MEBIBYTE, grown / MEBIBYTE + " MiB more after a hundred sessions");
    }
  }

  /** Without the files that are mapped: what is the process's own. */
  private static long resident() throws IOException {
    System.gc();
    String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("RssAnon")).findFirst().orElseThrow();
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
  }

  @Test
  void theDescriptionSaysWhatRuns() {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/f_patch_tokens")); PolicySession session = open("onednn-bf16", checkpoint, 2)) {
      assertTrue(session.description().matches("oneDNN 3\\..*, CPU, bfloat16, 2 threads"), session.description());
    }
  }

  @Test
  void aProcessorThatLacksSomethingIsSaidInOneSentence() throws IOException, InterruptedException {
    UsableRuntimes.assumeUsable("onednn-int8");
    assertEquals("onednn-bf16: this processor has no VNNI\nonednn-int8: this processor has no VNNI", withOnly("AVX2"));
  }

  /** Attention among 16385 tokens in 4 heads takes 4 GiB. */
  @ParameterizedTest
  @ValueSource(strings = {"onednn-bf16", "onednn-int8"})
  void whatOneDnnCannotHoldIsAnUnusableRuntime(String runtime) {
    UsableRuntimes.assumeUsable(runtime);
    FlowMatchingConfig config = FlowMatchingConfig.builder().camera("observation.images.a", 128, 128).state(6).action(6, 30)
        .vision(new VisionBackbone(1, 1, 4, 8, 8), 128, 128).set("hidden_dim", 64).build();
    try (Checkpoint checkpoint = Checkpoint.temporary(config)) {
      UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> UsableRuntimes.provider(runtime).open(checkpoint, ONE_THREAD));
      assertTrue(e.getMessage().matches("oneDNN cannot run the network: expected values of less than 2 GiB, found a shape of .*16385, 16385]"), e.getMessage());
    }
  }

  @Test
  void withoutBfloat16TheOtherProductsOfEightBitsAreFloat32() throws IOException, InterruptedException {
    UsableRuntimes.assumeUsable("onednn-int8");
    String output = withOnly("AVX512_CORE_VNNI");
    assertTrue(output.matches("onednn-bf16: this processor has no AVX-512 with bf16\nonednn-int8: relative error [1-5]\\.\\d+e-03"), output);
  }

  /** oneDNN itself is told to know less than this processor can. */
  private static String withOnly(String instructions) throws IOException, InterruptedException {
    ProcessBuilder java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"),
        Probe.class.getName()).redirectError(ProcessBuilder.Redirect.DISCARD);
    java.environment().put("ONEDNN_MAX_CPU_ISA", instructions);
    Process process = java.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    // The log goes there too.
    return output.lines().filter(line -> line.startsWith("onednn-")).collect(Collectors.joining("\n"));
  }

  static final class Probe {
    public static void main(String[] arguments) {
      for (String runtime : List.of("onednn-bf16", "onednn-int8")) {
        Availability found = UsableRuntimes.provider(runtime).probe();
        System.out.println(runtime + ": " + (found.usable() ? String.format(Locale.ROOT, "relative error %.2e", error(runtime)) : found.reason()));
      }
    }

    private static double error(String runtime) {
      try (Checkpoint checkpoint = Checkpoint.temporary(config());
          PolicySession exact = Runtimes.open("onnxruntime", checkpoint, ONE_THREAD);
          PolicySession session = Runtimes.open(runtime, checkpoint, ONE_THREAD)) {
        return relativeError(chunk(exact, config(), 3), chunk(session, config(), 3));
      }
    }
  }
}
