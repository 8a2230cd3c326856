package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.conformance.GoldenObservations;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.RealTimeChunking;
import flowmatching.flow.Solver;
import flowmatching.flow.VelocityField;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Real-Time Chunking as LeRobot 0.6.1 computes it, on golden model a; in every runtime, to its precision ({@link GoldenModelsTest}). */
class GoldenGuidanceTest {
  private static final float TOLERANCE = 2e-5f;
  private static final Map<String, Float> TOLERANCES = Map.of("onnxruntime", TOLERANCE, "onednn-bf16", 0.05f, "onednn-int8", 0.05f);
  private static final double MAXIMUM_GAIN = 10;

  private static final JsonNode CASES = JsonFile.read(TestData.path("golden_rtc/rtc.json")).path("cases");
  private static final JsonNode GAINS = JsonFile.read(TestData.path("golden_rtc/rtc.json")).path("guidance_weight");

  private static Checkpoint checkpoint;
  private static Map<String, PolicySession> sessions;
  private static SafetensorsFile model;
  private static SafetensorsFile rtc;

  @BeforeAll
  static void open() {
    checkpoint = Checkpoint.open(TestData.path("golden_models/a_original_constants"));
    sessions = new HashMap<>();
    model = SafetensorsFile.open(TestData.path("golden_models/a_original_constants/golden.safetensors"));
    rtc = SafetensorsFile.open(TestData.path("golden_rtc/rtc.safetensors"));
  }

  @AfterAll
  static void close() {
    rtc.close();
    model.close();
    sessions.values().forEach(PolicySession::close);
    checkpoint.close();
  }

  static List<String> cases() {
    List<String> names = new ArrayList<>();
    CASES.fieldNames().forEachRemaining(names::add);
    return names;
  }

  static List<Arguments> casesOfRuntimes() {
    return TOLERANCES.keySet().stream().flatMap(runtime -> cases().stream().map(name -> Arguments.of(runtime, name))).toList();
  }

  private static PolicySession session(String runtime) {
    UsableRuntimes.assumeUsable(runtime);
    return sessions.computeIfAbsent(runtime, name -> Runtimes.open(name, checkpoint, new RuntimeOptions(1, false)));
  }

  @ParameterizedTest
  @MethodSource("casesOfRuntimes")
  void theGuidedChunkIsLeRobots(String runtime, String name) {
    PolicySession session = session(runtime);
    float[] samples = rtc.floats("out." + name + ".sample");
    for (int i = 0; i < 2; i++) {
      encode(session, i);
      float[] x = part(model.floats("in.noise"), i);
      session.integrate(Solver.EULER.plan(10), guidance(name, i), x);
      assertArrayEquals(part(samples, i), x, TOLERANCES.get(runtime), name + " sample " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theWeightsOfTheStepsAreLeRobots(String name) {
    assertArrayEquals(rtc.floats("out." + name + ".weights"), guidance(name, 0).weights(), 1e-6f);
  }

  @Test
  void theGainIsLeRobotsAtEveryTime() {
    Guidance guidance = new Guidance(new float[1], new float[1], MAXIMUM_GAIN);
    assertEquals(10, GAINS.size());
    GAINS.properties().forEach(e -> assertEquals(e.getValue().doubleValue(), guidance.gain(Float.parseFloat(e.getKey())), 1e-6));
  }

  @ParameterizedTest
  @MethodSource("casesOfRuntimes")
  void theLoopOfTheRuntimeDoesWhatThePlanDoes(String runtime, String name) {
    PolicySession session = session(runtime);
    encode(session, 0);
    VelocityField field = session::velocity;
    for (Solver solver : Solver.values()) {
      IntegrationPlan plan = solver.plan(4);
      float[] here = part(model.floats("in.noise"), 0);
      float[] there = here.clone();
      plan.integrate(field, guidance(name, 0), here);
      session.integrate(plan, guidance(name, 0), there);
      assertArrayEquals(here, there, TOLERANCE, solver.label());
    }
  }

  private static void encode(PolicySession session, int i) {
    var encoder = new ObservationEncoder(checkpoint.config(), PolicyProcessors.none(), session);
    encoder.encode(new GoldenObservations(model).get(i, checkpoint.config().cameras()));
  }

  private static Guidance guidance(String name, int i) {
    JsonNode settings = CASES.path(name);
    float[] left = part(rtc.floats("in.prev_chunk_left_over"), i);
    int width = checkpoint.config().maxActionDim();
    return RealTimeChunking.guidance(
        left, left.length / width, checkpoint.config().chunkLength(), width, Schedule.valueOf(settings.path("schedule").asText()),
        settings.path("inference_delay").intValue(), settings.path("execution_horizon").intValue(), MAXIMUM_GAIN);
  }

  private static float[] part(float[] both, int i) {
    int size = both.length / 2;
    return Arrays.copyOfRange(both, i * size, (i + 1) * size);
  }
}
