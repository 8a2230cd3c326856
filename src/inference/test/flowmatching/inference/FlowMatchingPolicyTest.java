package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.management.ThreadMXBean;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.conformance.GoldenObservations;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyOptions;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowMatchingPolicyTest {
  private static final Path MODEL = TestData.path("golden_models/b_small_one_camera");
  private static final PolicyOptions OPTIONS =
      PolicyOptions.defaults().withoutNormalization().withSeed(5).withMachine(new RuntimeOptions(1, false));

  @TempDir Path directory;

  private static Observation observation(Path model, int index) {
    try (Checkpoint checkpoint = Checkpoint.open(model); SafetensorsFile golden = SafetensorsFile.open(model.resolve("golden.safetensors"))) {
      return new GoldenObservations(golden).get(index, checkpoint.config().cameras());
    }
  }

  private static ActionChunk chunk(Path checkpoint) {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint, OPTIONS)) {
      return policy.predictActionChunk(observation(MODEL, 0));
    }
  }

  @Test
  void selectActionPlaysTheChunkToItsEndAndThenPredictsAnew() {
    try (FlowMatchingPolicy played = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS);
        FlowMatchingPolicy whole = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS)) {
      for (int chunk = 0; chunk < 3; chunk++) {
        // Only the first observation of a chunk is looked at.
        ActionChunk expected = whole.predictActionChunk(observation(MODEL, chunk % 2));
        for (int step = 0; step < expected.steps(); step++) {
          float[] action = played.selectAction(observation(MODEL, step == 0 ? chunk % 2 : 1));
          assertArrayEquals(expected.action(step), action, "chunk " + chunk + " step " + step);
        }
      }
    }
  }

  @Test
  void resetEmptiesTheQueue() {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS);
        FlowMatchingPolicy other = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS)) {
      policy.selectAction(observation(MODEL, 0));
      policy.reset();
      other.predictActionChunk(observation(MODEL, 0));
      assertArrayEquals(other.predictActionChunk(observation(MODEL, 1)).action(0), policy.selectAction(observation(MODEL, 1)));
    }
  }

  @Test
  void theNoiseThatIsGivenIsLeftAlone() {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS)) {
      float[] noise = new float[8 * 8];
      Arrays.fill(noise, 0.5f);
      float[] before = noise.clone();
      policy.predictActionChunk(observation(MODEL, 0), noise);
      assertArrayEquals(before, noise);
    }
  }

  @Test
  void aReadOnlyDirectoryAndALinkedCheckpointGiveTheSameChunk() throws IOException {
    ActionChunk expected = chunk(MODEL);
    // As a Hugging Face cache has it: the snapshot's files are links into another directory.
    Path blobs = Files.createDirectories(directory.resolve("blobs"));
    Path snapshot = Files.createDirectories(directory.resolve("snapshots/abc"));
    for (String name : new String[] {Checkpoint.CONFIG, Checkpoint.WEIGHTS}) {
      Files.copy(MODEL.resolve(name), blobs.resolve("hash-of-" + name));
      Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/hash-of-" + name));
    }
    Files.setPosixFilePermissions(blobs, PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.setPosixFilePermissions(snapshot, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assertArrayEquals(expected.values(), chunk(snapshot).values());
      Path link = directory.resolve("link");
      Files.createSymbolicLink(link, snapshot);
      assertArrayEquals(expected.values(), chunk(link).values());
    } finally {
      Files.setPosixFilePermissions(blobs, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.setPosixFilePermissions(snapshot, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void weightsOfHalfTheWidthRunAndComeClose() throws IOException {
    ActionChunk expected = chunk(MODEL);
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile weights = SafetensorsFile.open(MODEL.resolve(Checkpoint.WEIGHTS))) {
      for (String name : weights.names()) {
        float[] values = weights.floats(name);
        ByteBuffer brain = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
          brain.putShort((short) (Float.floatToIntBits(value) + 0x8000 >> 16));
        }
        writer.add(name, DType.BF16, weights.entry(name).shape(), brain::flip);
      }
    }
    writer.write(directory.resolve(Checkpoint.WEIGHTS));
    Files.copy(MODEL.resolve(Checkpoint.CONFIG), directory.resolve(Checkpoint.CONFIG));
    float[] found = chunk(directory).values();
    assertFalse(Arrays.equals(expected.values(), found));
    // Eight bits of mantissa in every weight of a network with outputs around 1.
    assertArrayEquals(expected.values(), found, 0.1f);
  }

  @Test
  void aPrefixDrawsTheNextChunkOnlyWhereAskedFor() {
    float[] old = new float[8 * 5];
    Arrays.fill(old, 2);
    ActionPrefix prefix = new ActionPrefix(new ActionChunk(8, 5, old), 4, 8);
    float plain = distance(OPTIONS, prefix);
    float drawn = distance(OPTIONS.withRealTimeChunking(Schedule.LINEAR, 10), prefix);
    assertTrue(drawn < 0.5 * plain, "distance of the held actions " + drawn + ", without guidance " + plain);
  }

  @Test
  void aPrefixThatIsNotFiniteIsRefusedAndSpoilsNoLaterChunk() {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS.withRuntime("onnxruntime").withRealTimeChunking(Schedule.LINEAR, 10))) {
      float[] noise = new float[64];
      float[] before = policy.predictActionChunk(observation(MODEL, 0), noise).values();
      for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        float[] old = new float[8 * 5];
        old[7 * 5 + 3] = wrong;
        ActionPrefix prefix = new ActionPrefix(new ActionChunk(8, 5, old), 2, 4);
        String message = assertThrows(BadInputException.class, () -> policy.predict(observation(MODEL, 0), prefix)).getMessage();
        assertEquals("prefix: action 7: value 3: expected a finite value, found " + wrong, message);
      }
      assertArrayEquals(before, policy.predictActionChunk(observation(MODEL, 0), noise).values());
    }
  }

  /** As a joint state with a broken bit gives it: finite, and far too large for the network. */
  @ParameterizedTest
  @ValueSource(strings = {"onnxruntime", "onnxruntime-int8", "onednn-bf16", "onednn-int8"})
  void anObservationThatOverflowsTheNetworkSpoilsNoLaterChunk(String runtime) {
    UsableRuntimes.assumeUsable(runtime);
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS.withRuntime(runtime))) {
      float[] noise = new float[64];
      Observation good = observation(MODEL, 0);
      float[] before = policy.predictActionChunk(good, noise).values();
      float[] state = new float[good.state().length];
      Arrays.fill(state, 1e30f);
      assertTrue(Float.isNaN(policy.predictActionChunk(new Observation(good.images(), state), noise).at(0, 0)), "it overflows");
      assertArrayEquals(before, policy.predictActionChunk(good, noise).values());
    }
  }

  private static float distance(PolicyOptions options, ActionPrefix prefix) {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, options)) {
      ActionChunk chunk = policy.predict(observation(MODEL, 0), prefix);
      float sum = 0;
      for (int i = 0; i < 4 * 5; i++) {
        sum += Math.abs(chunk.values()[i] - 2);
      }
      return sum;
    }
  }

  @Test
  void stepsAndSolverChangeFromTheNextChunkOn() {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS)) {
      float[] noise = new float[64];
      float[] ten = policy.predictActionChunk(observation(MODEL, 0), noise).values();
      policy.setIntegration(Solver.HEUN, 2);
      float[] heun = policy.predictActionChunk(observation(MODEL, 0), noise).values();
      assertFalse(Arrays.equals(ten, heun));
      policy.setIntegration(Solver.EULER, 10);
      assertArrayEquals(ten, policy.predictActionChunk(observation(MODEL, 0), noise).values());
    }
  }

  @Test
  void camerasKeepTheirSlotsOnlyWhereTheConfigurationSaysSo() {
    Path model = TestData.path("golden_models/c_three_cameras_no_padding");
    try (Checkpoint checkpoint = Checkpoint.open(model); PolicySession session = Runtimes.open("auto", checkpoint, new RuntimeOptions(1, false))) {
      Observation all = observation(model, 0);
      Observation missing = new Observation(
          Map.of(
              "observation.images.right", all.images().get("observation.images.right"),
              "observation.images.wrist", all.images().get("observation.images.wrist")),
          all.state());
      var shift = new ObservationEncoder(checkpoint.config(), PolicyProcessors.none(), session);
      assertArrayEquals(new boolean[] {true, true, false}, shift.write(missing));
      var fixed = new ObservationEncoder(checkpoint.config().with("camera_slots", new TextNode("fixed")), PolicyProcessors.none(), session);
      assertArrayEquals(new boolean[] {false, true, true}, fixed.write(missing));
      assertArrayEquals(new boolean[] {true, true, true}, fixed.write(all));
      Observation one = new Observation(Map.of("observation.images.right", all.images().get("observation.images.right")), all.state());
      String message = assertThrows(BadInputException.class, () -> fixed.write(one)).getMessage();
      assertTrue(message.contains("observation.images.left") && message.contains("empty_cameras allows 1"), message);
    }
  }

  @Test
  void anObservationThatDoesNotFitIsRefused() {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS)) {
      Observation good = observation(MODEL, 0);
      assertRefused(policy, new Observation(good.images(), new float[5]), "expected 6 values, found 5");
      float[] state = good.state().clone();
      state[2] = Float.NaN;
      assertRefused(policy, new Observation(good.images(), state), "observation.state[2]");
      assertRefused(policy, new Observation(Map.of(), good.state()), "observation.images.front");
      assertEquals(8, policy.predictActionChunk(good).steps(), "and the next good one is predicted");
    }
  }

  private static void assertRefused(FlowMatchingPolicy policy, Observation observation, String expected) {
    String message = assertThrows(BadInputException.class, () -> policy.predictActionChunk(observation)).getMessage();
    assertTrue(message.contains(expected), message);
  }

  @Test
  void anUnknownRuntimeIsRefusedWithTheKnownOnes() {
    String message = assertThrows(BadInputException.class, () -> FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS.withRuntime("magic"))).getMessage();
    assertTrue(message.contains("onnxruntime") && message.contains("'magic'"), message);
  }

  @Test
  void aChunkTakesUnderFourKilobytesOfJavaHeap() {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); PolicySession session = Runtimes.open("auto", checkpoint, new RuntimeOptions(1, false))) {
      new ObservationEncoder(checkpoint.config(), PolicyProcessors.none(), session).encode(observation(MODEL, 0));
      IntegrationPlan plan = Solver.EULER.plan(10);
      boolean[] present = {true};
      float[] x = new float[64];
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 50; i++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        session.encodeImages(present);
        session.encodeState();
        session.integrate(plan, null, x);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertTrue(least < 4096, least + " bytes");
    }
  }

  @Test
  void closingTwiceIsHarmless() {
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(MODEL, OPTIONS);
    policy.close();
    policy.close();
  }
}
