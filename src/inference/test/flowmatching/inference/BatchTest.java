package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.conformance.GoldenObservations;
import flowmatching.flow.Solver;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.FlowMatchingConfigBuilder;
import flowmatching.model.PolicyFeature;
import flowmatching.model.VisionBackbone;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyOptions;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Several observations in one run. */
class BatchTest {
  private static final RuntimeOptions MACHINE = new RuntimeOptions(1, false);
  private static final Path MODEL = TestData.path("golden_models/c_three_cameras_no_padding");

  /** The reference computed a model's golden observations as one batch. */
  @ParameterizedTest
  @MethodSource("flowmatching.inference.GoldenModelsTest#tolerances")
  void aBatchGivesTheReferencesSamplesAndVelocities(String runtime, String model, double allowed) {
    UsableRuntimes.assumeUsable(runtime);
    float tolerance = (float) allowed;
    Path directory = TestData.path("golden_models/" + model);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        SafetensorsFile golden = SafetensorsFile.open(directory.resolve("golden.safetensors"))) {
      GoldenObservations observations = new GoldenObservations(golden);
      int count = observations.count();
      try (PolicySession session = Runtimes.open(runtime, checkpoint, MACHINE.withBatch(count))) {
        List<PolicyFeature> cameras = checkpoint.config().cameras();
        new ObservationEncoder(checkpoint.config(), PolicyProcessors.none(), session)
            .encode(IntStream.range(0, count).mapToObj(i -> observations.get(i, cameras)).toList());
        float[] condition = new float[session.condition().capacity()];
        session.condition().get(0, condition);
        assertArrayEquals(golden.floats("out.cond"), condition, tolerance);
        for (int steps : new int[] {1, 4, 10}) {
          float[] x = golden.floats("in.noise");
          session.integrate(Solver.EULER.plan(steps), null, x);
          assertArrayEquals(golden.floats("out.sample_" + steps), x, tolerance, steps + " steps");
        }
        float[] velocity = new float[golden.floats("in.x_t").length];
        // The golden times differ, and a run has one.
        for (int i = 0; i < count; i++) {
          session.velocity(golden.floats("in.x_t"), golden.floats("in.time")[i], velocity);
          int size = velocity.length / count;
          assertArrayEquals(observations.part("out.velocity", i), Arrays.copyOfRange(velocity, i * size, (i + 1) * size), tolerance);
        }
      }
    }
  }

  /** Kernels of other sizes add in another order, which shows where attention is in bfloat16. */
  @ParameterizedTest
  @CsvSource({"onnxruntime, 1e-5", "onednn-bf16, 2e-3", "onednn-int8, 2e-3"})
  void chunksOfABatchAreThoseThatComeOneAfterTheOtherAlsoOfABatchThatIsNotFull(String runtime, float tolerance) {
    UsableRuntimes.assumeUsable(runtime);
    List<Observation> observations = observations(3);
    List<ActionChunk> single = new ArrayList<>();
    try (FlowMatchingPolicy policy = policy(runtime, 1)) {
      observations.forEach(observation -> single.add(policy.predictActionChunk(observation)));
    }
    try (FlowMatchingPolicy policy = policy(runtime, 2)) {
      assertEquals(2, policy.batch());
      List<ActionChunk> batched = new ArrayList<>(policy.predictActionChunks(observations.subList(0, 2)));
      batched.addAll(policy.predictActionChunks(observations.subList(2, 3)));
      assertEquals(3, batched.size());
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(values(single.get(i)), values(batched.get(i)), tolerance, "observation " + i);
      }
      assertTrue(policy.runtime().contains("batch 2"), policy.runtime());
    }
  }

  @ParameterizedTest
  @CsvSource({"onnxruntime, 1e-5", "onednn-bf16, 2e-3", "onednn-int8, 2e-3"})
  void aCameraThatOneObservationMissesIsMissingInThatOneOnly(String runtime, float tolerance) {
    UsableRuntimes.assumeUsable(runtime);
    List<Observation> observations = observations(2);
    String first = camera(0);
    Map<String, RgbImage> fewer = new HashMap<>(observations.get(0).images());
    fewer.remove(first);
    List<Observation> mixed = List.of(new Observation(fewer, observations.get(0).state()), observations.get(1));
    try (FlowMatchingPolicy one = policy(runtime, 1); FlowMatchingPolicy two = policy(runtime, 2)) {
      List<ActionChunk> single = mixed.stream().map(one::predictActionChunk).toList();
      List<ActionChunk> batched = two.predictActionChunks(mixed);
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(values(single.get(i)), values(batched.get(i)), tolerance, "observation " + i);
      }
    }
  }

  /** Sizes that other dimensions may be taken for: chunks of 1 and of the batch's length, as many cameras as observations, and the like. */
  private static FlowMatchingConfig odd(int actions, int cameras, String tokens, String slots, int hidden) {
    FlowMatchingConfigBuilder builder = FlowMatchingConfig.builder().state(3).action(3, 30).vision(new VisionBackbone(8, 2, 2, 64, 64), 16, 16);
    for (int i = 0; i < cameras; i++) {
      builder.camera("observation.images." + i, 16, 16);
    }
    return builder.set("n_action_steps", actions).set("hidden_dim", hidden).set("num_layers", 2).set("vision_tokens", tokens).set("camera_slots", slots)
        .set("empty_cameras", Math.max(0, cameras - 1)).build();
  }

  /** What is not in 8 bits, whose range a batch shares, is the same to the last bit. */
  @ParameterizedTest
  @CsvSource({
    "onnxruntime, 1, 3, patches, fixed, 64", "onnxruntime, 3, 2, patches, shift, 8", "onnxruntime, 3, 3, class, shift, 64",
    "onednn-bf16, 1, 3, patches, fixed, 64", "onednn-bf16, 3, 2, patches, shift, 8", "onednn-bf16, 3, 3, class, shift, 64", "onednn-bf16, 2, 1, patches, shift, 192"
  })
  void anObservationsChunkHangsOnNothingThatTheOthersOfItsBatchHave(String runtime, int actions, int cameras, String tokens, String slots, int hidden) {
    UsableRuntimes.assumeUsable(runtime);
    FlowMatchingConfig config = odd(actions, cameras, tokens, slots, hidden);
    try (Checkpoint checkpoint = Checkpoint.temporary(config); PolicySession session = Runtimes.open(runtime, checkpoint, MACHINE.withBatch(3));
        PolicySession one = Runtimes.open(runtime, checkpoint, MACHINE)) {
      int values = config.chunkLength() * config.maxActionDim();
      float[][] own = new float[3][];
      for (int place = 0; place < 3; place++) {
        List<Observation> observations = new ArrayList<>(List.of(random(config, 5, false), random(config, 6, true), random(config, 7, false)));
        observations.set(place, random(config, 1, true));
        float[] noise = new float[3 * values];
        Random random = new Random(place);
        for (int i = 0; i < noise.length; i++) {
          noise[i] = (float) random.nextGaussian();
        }
        System.arraycopy(noise(values), 0, noise, place * values, values);
        new ObservationEncoder(config, PolicyProcessors.none(), session).encode(observations);
        session.integrate(Solver.EULER.plan(2), null, noise);
        own[place] = Arrays.copyOfRange(noise, place * values, (place + 1) * values);
      }
      assertArrayEquals(own[0], own[1]);
      assertArrayEquals(own[0], own[2]);
      float[] alone = noise(values);
      new ObservationEncoder(config, PolicyProcessors.none(), one).encode(random(config, 1, true));
      one.integrate(Solver.EULER.plan(2), null, alone);
      assertArrayEquals(alone, own[0], runtime.equals("onnxruntime") ? 1e-5f : 2e-2f);
    }
  }

  private static float[] noise(int values) {
    Random random = new Random(17);
    float[] noise = new float[values];
    for (int i = 0; i < values; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    return noise;
  }

  /** @param fewer without the first camera, where there is another */
  private static Observation random(FlowMatchingConfig config, long seed, boolean fewer) {
    Random random = new Random(seed);
    Map<String, RgbImage> images = new HashMap<>();
    for (PolicyFeature camera : config.cameras().subList(fewer && config.cameras().size() > 1 ? 1 : 0, config.cameras().size())) {
      byte[] pixels = new byte[3 * 16 * 16];
      random.nextBytes(pixels);
      images.put(camera.key(), new RgbImage(16, 16, pixels));
    }
    return new Observation(images, new float[] {random.nextFloat(), random.nextFloat(), random.nextFloat()});
  }

  @Test
  void numbersOfObservationsThatDoNotFitAreRefused() {
    try (FlowMatchingPolicy policy = policy("onnxruntime", 2)) {
      assertThrows(BadInputException.class, () -> policy.predictActionChunks(List.of()));
      assertThrows(BadInputException.class, () -> policy.predictActionChunks(observations(3)));
    }
    assertThrows(BadInputException.class, () -> MACHINE.withBatch(0));
  }

  @Test
  void aBatchWhoseValuesJavaCannotHoldIsRefused() {
    FlowMatchingConfig pictures = FlowMatchingConfig.builder().camera("observation.images.front", 16, 16).action(2, 30)
        .vision(new VisionBackbone(256, 1, 1, 2, 2), 1024, 1024).set("hidden_dim", 8).set("num_layers", 1).build();
    FlowMatchingConfig memory = FlowMatchingConfig.builder().camera("observation.images.front", 16, 16).action(2, 30)
        .vision(new VisionBackbone(1, 1, 1, 2, 2), 32, 32).set("hidden_dim", 512).set("num_layers", 1).build();
    for (FlowMatchingConfig config : List.of(pictures, memory)) {
      try (Checkpoint checkpoint = Checkpoint.temporary(config)) {
        String message =
            assertThrows(BadInputException.class, () -> Runtimes.open("onnxruntime", checkpoint, MACHINE.withBatch(1024))).getMessage();
        assertTrue(message.matches("expected values that Java's memory holds, found \\d{10,} bytes: smaller pictures, or fewer observations a run; .*"), message);
      }
    }
  }

  private static FlowMatchingPolicy policy(String runtime, int batch) {
    return FlowMatchingPolicy.fromPretrained(
        MODEL, PolicyOptions.defaults().withRuntime(runtime).withoutNormalization().withSeed(3).withMachine(MACHINE.withBatch(batch)));
  }

  private static String camera(int index) {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      return checkpoint.config().cameras().get(index).key();
    }
  }

  /** The golden observations again and again, each with a state of its own. */
  private static List<Observation> observations(int count) {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL); SafetensorsFile golden = SafetensorsFile.open(MODEL.resolve("golden.safetensors"))) {
      GoldenObservations all = new GoldenObservations(golden);
      return IntStream.range(0, count).mapToObj(i -> {
        Observation observation = all.get(i % all.count(), checkpoint.config().cameras());
        float[] state = observation.state().clone();
        state[0] += i;
        return new Observation(observation.images(), state);
      }).toList();
    }
  }

  private static float[] values(ActionChunk chunk) {
    float[] values = new float[chunk.steps() * chunk.dimension()];
    for (int i = 0; i < values.length; i++) {
      values[i] = chunk.at(i / chunk.dimension(), i % chunk.dimension());
    }
    return values;
  }
}
