package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.conformance.GoldenObservations;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.inference.onnxruntime.OnnxRuntimeProvider;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.VisionBackbone;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxRuntimeSessionTest {
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);
  private static final Path MODEL = TestData.path("golden_models/b_small_one_camera");

  @TempDir Path directory;

  private static PolicySession open(Checkpoint checkpoint) {
    return Runtimes.open("onnxruntime", checkpoint, ONE_THREAD);
  }

  private static void encode(Path model, Checkpoint checkpoint, PolicySession session, int index) {
    try (SafetensorsFile golden = SafetensorsFile.open(model.resolve("golden.safetensors"))) {
      ObservationEncoder encoder = new ObservationEncoder(checkpoint.config(), PolicyProcessors.none(), session);
      encoder.encode(new GoldenObservations(golden).get(index, checkpoint.config().cameras()));
    }
  }

  private static float[] noise(Checkpoint checkpoint) {
    float[] noise = new float[checkpoint.config().chunkLength() * checkpoint.config().maxActionDim()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) Math.sin(i * 1.7);
    }
    return noise;
  }

  /** A chunk of the first golden observation of model b with these weights. */
  private static float[] chunk(Path checkpointDirectory) {
    try (Checkpoint checkpoint = Checkpoint.open(checkpointDirectory); PolicySession session = open(checkpoint)) {
      encode(MODEL, checkpoint, session, 0);
      float[] x = noise(checkpoint);
      session.integrate(Solver.EULER.plan(10), null, x);
      return x;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_original_constants", "b_small_one_camera", "c_three_cameras_no_padding", "f_patch_tokens"})
  void aChunkMakesUnderFourKilobytesOfGarbageOnAverage(String name) {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + name))) {
      assertLittleGarbage(checkpoint);
    }
  }

  @Test
  void twoCamerasAndThePatchTokensOfSixLayersStayBelowFourKilobytesToo() {
    FlowMatchingConfig config =
        FlowMatchingConfig.builder().camera("observation.images.a", 16, 16).camera("observation.images.b", 16, 16).state(6).action(6, 30)
            .vision(new VisionBackbone(8, 2, 2, 16, 32), 16, 16).set("hidden_dim", 16).build();
    try (Checkpoint checkpoint = Checkpoint.temporary(config)) {
      assertLittleGarbage(checkpoint);
    }
  }

  private static void assertLittleGarbage(Checkpoint checkpoint) {
    try (PolicySession session = open(checkpoint)) {
      boolean[] present = new boolean[checkpoint.config().cameras().size()];
      Arrays.fill(present, true);
      IntegrationPlan plan = Solver.EULER.plan(10);
      Guidance guidance = new Guidance(noise(checkpoint), new float[checkpoint.config().chunkLength()], 10);
      float[] x = noise(checkpoint);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      for (int i = 0; i < 50; i++) {
        chunk(session, present, plan, guidance, x);
      }
      int chunks = 50;
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < chunks; i++) {
        chunk(session, present, plan, guidance, x);
      }
      long each = (threads.getCurrentThreadAllocatedBytes() - before) / chunks;
      assertTrue(each < 4096, each + " bytes a chunk");
    }
  }

  private static void chunk(PolicySession session, boolean[] present, IntegrationPlan plan, Guidance guidance, float[] x) {
    session.encodeImages(present);
    session.encodeState();
    session.integrate(plan, guidance, x);
    Arrays.fill(x, 0.5f);
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, names = {"F16", "BF16"})
  void weightsOfHalfTheWidthGiveWhatTheirRoundedValuesGiveInFloat32(DType type) throws IOException {
    Path narrow = Files.createDirectories(directory.resolve("narrow"));
    Path wide = Files.createDirectories(directory.resolve("wide"));
    SafetensorsWriter narrowWriter = new SafetensorsWriter();
    try (SafetensorsFile weights = SafetensorsFile.open(MODEL.resolve(Checkpoint.WEIGHTS))) {
      for (String name : weights.names()) {
        ByteBuffer bytes = rounded(weights.floats(name), type);
        narrowWriter.add(name, type, weights.entry(name).shape(), bytes::duplicate);
      }
    }
    narrowWriter.write(narrow.resolve(Checkpoint.WEIGHTS));
    SafetensorsWriter wideWriter = new SafetensorsWriter();
    try (SafetensorsFile weights = SafetensorsFile.open(narrow.resolve(Checkpoint.WEIGHTS))) {
      for (String name : weights.names()) {
        wideWriter.addFloats(name, weights.entry(name).shape(), () -> weights.floats(name));
      }
      wideWriter.write(wide.resolve(Checkpoint.WEIGHTS));
    }
    for (Path copy : new Path[] {narrow, wide}) {
      Files.copy(MODEL.resolve(Checkpoint.CONFIG), copy.resolve(Checkpoint.CONFIG));
    }
    float[] found = chunk(narrow);
    // The arithmetic is float32 in both, so the width of the file is all that differs.
    assertArrayEquals(chunk(wide), found, 2e-6f);
    float[] original = chunk(MODEL);
    assertFalse(Arrays.equals(original, found), "rounding the weights changes something");
    assertArrayEquals(original, found, type == DType.F16 ? 0.02f : 0.15f);
  }

  /** To nearest: the mantissa's bits that are cut off round the rest. Small enough values for F16 become zero. */
  private static ByteBuffer rounded(float[] values, DType type) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      int bits = Float.floatToIntBits(value);
      if (type == DType.BF16) {
        bytes.putShort((short) (bits + 0x8000 >> 16));
      } else {
        int magnitude = (bits & 0x7fffffff) + 0x1000;
        int half = magnitude < 113 << 23 ? 0 : (magnitude >> 13) - (112 << 10);
        bytes.putShort((short) (bits >> 16 & 0x8000 | half));
      }
    }
    return bytes.flip();
  }

  @Test
  void weightsThatAreCutWhileTheyAreLoadedAreRefusedWithASentence() throws IOException {
    for (String file : new String[] {Checkpoint.CONFIG, Checkpoint.WEIGHTS}) {
      Files.copy(MODEL.resolve(file), directory.resolve(file));
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      try (RandomAccessFile weights = new RandomAccessFile(directory.resolve(Checkpoint.WEIGHTS).toFile(), "rw")) {
        weights.setLength(weights.length() / 2);
      }
      assertTrue(assertThrows(BadInputException.class, () -> open(checkpoint)).getMessage().contains("cannot load"));
    }
  }

  @Test
  void weightsThatHaveGoneAreRefusedWithTheirName() throws IOException {
    for (String file : new String[] {Checkpoint.CONFIG, Checkpoint.WEIGHTS}) {
      Files.copy(MODEL.resolve(file), directory.resolve(file));
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      Files.delete(directory.resolve(Checkpoint.WEIGHTS));
      assertTrue(assertThrows(BadInputException.class, () -> open(checkpoint)).getMessage().contains(Checkpoint.WEIGHTS));
    }
  }

  @Test
  void planSolverAndSinglyAskedVelocitiesLeaveNoTraceInTheNextChunk() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); PolicySession session = open(checkpoint)) {
      encode(MODEL, checkpoint, session, 0);
      IntegrationPlan plan = Solver.EULER.plan(10);
      float[] first = noise(checkpoint);
      session.integrate(plan, null, first);
      float[] other = noise(checkpoint);
      Guidance guidance = new Guidance(new float[other.length], new float[checkpoint.config().chunkLength()], 3);
      Arrays.fill(guidance.weights(), 1);
      session.integrate(Solver.HEUN.plan(3), guidance, other);
      session.velocity(noise(checkpoint), 0.3f, other);
      float[] again = noise(checkpoint);
      session.integrate(plan, null, again);
      assertArrayEquals(first, again);
    }
  }

  @Test
  void anotherObservationAndBackGivesTheSameChunkBitForBit() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); PolicySession session = open(checkpoint)) {
      float[][] chunks = new float[3][];
      for (int i = 0; i < 3; i++) {
        encode(MODEL, checkpoint, session, i % 2);
        chunks[i] = noise(checkpoint);
        session.integrate(Solver.EULER.plan(4), null, chunks[i]);
      }
      assertFalse(Arrays.equals(chunks[0], chunks[1]));
      assertArrayEquals(chunks[0], chunks[2]);
    }
  }

  @Test
  void aMissingCameraLeavesNothingOfItsLastPicture() {
    Path model = TestData.path("golden_models/c_three_cameras_no_padding");
    try (Checkpoint checkpoint = Checkpoint.open(model); PolicySession session = open(checkpoint)) {
      encode(model, checkpoint, session, 0);
      session.encodeImages(new boolean[] {true, false, true});
      int width = session.visionTokens().capacity() / 3;
      for (int i = width; i < 2 * width; i++) {
        assertEquals(0, session.visionTokens().get(i));
      }
      assertTrue(session.visionTokens().get(0) != 0 && session.visionTokens().get(2 * width) != 0);
    }
  }

  @Test
  void twoSessionsOfOneCheckpointDoNotDisturbEachOther() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); PolicySession one = open(checkpoint)) {
      encode(MODEL, checkpoint, one, 0);
      float[] expected = noise(checkpoint);
      one.integrate(Solver.EULER.plan(4), null, expected);
      try (PolicySession two = open(checkpoint)) {
        encode(MODEL, checkpoint, two, 1);
      }
      float[] found = noise(checkpoint);
      one.integrate(Solver.EULER.plan(4), null, found);
      assertArrayEquals(expected, found);
    }
  }

  @Test
  void aClosedSessionRefusesToRunAndMayBeClosedAgain() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      PolicySession session = open(checkpoint);
      encode(MODEL, checkpoint, session, 0);
      session.close();
      session.close();
      assertThrows(IllegalStateException.class, session::encodeState);
      assertThrows(IllegalStateException.class, () -> session.integrate(Solver.EULER.plan(2), null, noise(checkpoint)));
    }
  }

  @Test
  void manySessionsMayBeOpenedAndClosedBehindEachOther() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      float[] first = null;
      for (int i = 0; i < 30; i++) {
        float[] x = noise(checkpoint);
        try (PolicySession session = open(checkpoint)) {
          encode(MODEL, checkpoint, session, 0);
          session.integrate(Solver.EULER.plan(1), null, x);
        }
        first = first == null ? x : first;
        assertArrayEquals(first, x, "session " + i);
      }
    }
  }

  /** An interrupt that comes while weights are loaded must not leave them behind an exception. */
  @Test
  void aSessionIsOpenedAndDescribedOnAnInterruptedThreadWhichStaysInterrupted() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      Thread.currentThread().interrupt();
      try (PolicySession session = new OnnxRuntimeProvider().open(checkpoint, ONE_THREAD)) {
        assertTrue(session.description().contains("float32"));
      }
    } finally {
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void everyRuntimeOfTheClassPathSaysWhetherItCanBeUsedAndWhy() {
    assertFalse(Runtimes.all().isEmpty());
    for (RuntimeProvider provider : Runtimes.all()) {
      assertEquals(provider.name().toLowerCase(java.util.Locale.ROOT), provider.name());
      assertFalse(provider.description().isBlank());
      assertFalse(provider.probe().reason().isBlank(), provider.name());
    }
  }

  @Test
  void theDescriptionNamesRuntimeVersionPrecisionAndThreads() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); PolicySession session = open(checkpoint)) {
      assertTrue(session.description().matches("ONNX Runtime \\d+\\.\\d+.*float32.*1 thread"), session.description());
    }
  }
}
