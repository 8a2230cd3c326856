package flowmatching.inference.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.HalfWeights;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnxruntime.OnnxModel.Binding;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs in 16 bits, on the CPU: ONNX Runtime widens before each operator and narrows after it, so the roundings are those of a GPU. */
class PrecisionTest {
  /** Few have an error of their own luck: 4 gave 1.2e-3 where 64 give 1.7e-3. */
  private static final int OBSERVATIONS = Integer.getInteger("observations", 8);
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);

  @TempDir Path directory;

  /** The bundled policy, or a random one large enough to have large matrices, with patch tokens. */
  private Checkpoint checkpoint(String which) throws IOException {
    if (which.equals("demo")) {
      return Checkpoint.open(TestData.home().resolve("models/demo"));
    }
    Path policy = directory.resolve("policy");
    if (!Files.exists(policy)) {
      ObjectNode json = JsonFile.read(TestData.path("golden_models/f_patch_tokens/config.json"));
      json.put("hidden_dim", 192).put("num_heads", 4).put("dim_feedforward", 384).put("dropout", 0.0);
      Checkpoint.create(policy, FlowMatchingConfig.parse("config.json", json), 1);
    }
    return Checkpoint.open(policy);
  }

  private static void fill(PolicySession session, Random random) {
    for (int i = 0; i < session.images().capacity(); i++) {
      session.images().put(i, random.nextFloat());
    }
    for (int i = 0; i < session.state().capacity(); i++) {
      session.state().put(i, (float) random.nextGaussian());
    }
  }

  private static float[] noise(FlowMatchingConfig config, Random random) {
    float[] x = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static float[] chunk(FlowMatchingConfig config, PolicySession session, long seed) {
    Random random = new Random(seed);
    fill(session, random);
    boolean[] present = new boolean[config.cameras().size()];
    Arrays.fill(present, true);
    session.encodeImages(present);
    session.encodeState();
    float[] x = noise(config, random);
    session.integrate(Solver.EULER.plan(10), null, x);
    return x;
  }

  private static double relativeError(float[] wanted, float[] found) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < wanted.length; i++) {
      error += Math.pow(found[i] - wanted[i], 2);
      size += wanted[i] * wanted[i];
    }
    return Math.sqrt(error / size);
  }

  private static float largest(float[] wanted, float[] found) {
    float largest = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(found[i] - wanted[i]));
    }
    return largest;
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "random"})
  void chunksInFloat16DifferByLessThanTwoThousandths(String which) throws IOException {
    try (Checkpoint checkpoint = checkpoint(which);
        SafetensorsFile half = HalfWeights.open(checkpoint.weights(), Precision.FLOAT16, directory);
        PolicySession exact = new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), Device.CPU, Precision.FLOAT32, ONE_THREAD);
        PolicySession fast = new OnnxRuntimeSession(checkpoint.config(), half, Device.CPU, Precision.FLOAT16, ONE_THREAD)) {
      double[] errors = new double[OBSERVATIONS];
      float largest = 0;
      for (int seed = 0; seed < OBSERVATIONS; seed++) {
        float[] wanted = chunk(checkpoint.config(), exact, seed);
        float[] found = chunk(checkpoint.config(), fast, seed);
        errors[seed] = relativeError(wanted, found);
        largest = Math.max(largest, largest(wanted, found));
        assertTrue(errors[seed] > 1e-6, "nothing was computed in 16 bits");
      }
      double all = Math.sqrt(Arrays.stream(errors).map(error -> error * error).average().orElseThrow());
      Arrays.sort(errors);
      System.out.printf("%s, %d observations: relative error %.2e over all, median %.2e, worst %.2e; largest difference %.2e%n",
          which, OBSERVATIONS, all, errors[OBSERVATIONS / 2], errors[OBSERVATIONS - 1], largest);
      assertTrue(all < 2e-3, "relative error " + all);
      assertTrue(fast.description().contains("float16"), fast.description());
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void inputsAndOutputsAreFloat32ButForTheMemory(Precision precision) throws IOException {
    try (Checkpoint checkpoint = checkpoint("random"); SafetensorsFile weights = weights(checkpoint, precision)) {
      OnnxModels models = new OnnxModels(checkpoint.config(), weights, 1, precision);
      DataType memory = switch (precision) {
        case FLOAT32 -> DataType.FLOAT;
        case FLOAT16 -> DataType.FLOAT16;
        case BFLOAT16 -> DataType.BFLOAT16;
      };
      for (ModelProto model : List.of(models.vision(), models.condition(), models.step(), models.velocity())) {
        for (List<ValueInfoProto> values : List.of(model.getGraph().getInputList(), model.getGraph().getOutputList())) {
          for (ValueInfoProto value : values) {
            DataType wanted = value.getName().matches("memory_\\d+") ? memory : DataType.FLOAT;
            assertEquals(wanted.getNumber(), value.getType().getTensorType().getElemType(), model.getGraph().getName() + " " + value.getName());
          }
        }
      }
    }
  }

  private SafetensorsFile weights(Checkpoint checkpoint, Precision precision) {
    return precision == Precision.FLOAT32
        ? SafetensorsFile.open(checkpoint.weights().path())
        : HalfWeights.open(checkpoint.weights(), precision, directory);
  }

  @ParameterizedTest
  @EnumSource(Solver.class)
  void stepsOneByOneGiveWhatTheLoopGivesWithGuidanceAndWithout(Solver solver) throws IOException {
    try (Checkpoint checkpoint = checkpoint("random");
        PolicySession loop = new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), Device.CPU, Precision.FLOAT32, ONE_THREAD)) {
      FlowMatchingConfig config = checkpoint.config();
      Random random = new Random(7);
      float[] weights = new float[config.chunkLength()];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = 1 - (float) i / weights.length;
      }
      Guidance guidance = new Guidance(noise(config, random), weights, 4);
      IntegrationPlan plan = solver.plan(4);
      try (Steps steps = new Steps(checkpoint)) {
        for (Guidance chosen : new Guidance[] {null, guidance}) {
          chunk(config, loop, 3);
          float[] x = noise(config, random);
          float[] wanted = x.clone();
          loop.integrate(plan, chosen, wanted);
          assertArrayEquals(wanted, steps.integrate(loop, plan, chosen, x), 1e-5f);
        }
      }
    }
  }

  /** Runs the step model as a runtime does that makes the loop itself. */
  private static final class Steps implements AutoCloseable {
    private final FlowMatchingConfig config;
    private final OnnxModel condition;
    private final OnnxModel step;

    Steps(Checkpoint checkpoint) {
      config = checkpoint.config();
      OnnxModels models = new OnnxModels(checkpoint, 1);
      Path weights = OnnxModels.weightsFile(checkpoint.weights());
      condition = new OnnxModel(models.condition().toByteArray(), weights, Device.CPU, ONE_THREAD);
      step = new OnnxModel(models.step().toByteArray(), weights, Device.CPU, ONE_THREAD);
    }

    float[] integrate(PolicySession encoded, IntegrationPlan plan, Guidance guidance, float[] x) {
      int values = x.length;
      long[] chunk = {1, config.chunkLength(), config.maxActionDim()};
      Binding once = condition.bind();
      Binding each = step.bind();
      int cameras = config.cameras().size();
      int tokens = encoded.visionTokens().capacity() / cameras / config.vitEmbedDim();
      once.input("tokens", OnnxModel.floats(encoded.visionTokens().capacity()).put(encoded.visionTokens()).rewind(), 1, cameras, tokens, config.vitEmbedDim());
      once.input("present", OnnxModel.floats(cameras).put(0, ones(cameras)), 1, cameras);
      once.input("state", OnnxModel.floats(config.maxStateDim()).put(encoded.state().duplicate().rewind()).rewind(), 1, config.maxStateDim());
      FloatBuffer vector = OnnxModel.floats(config.hiddenDim());
      once.output("condition", vector, 1, config.hiddenDim());
      each.input("condition", vector, 1, config.hiddenDim());
      int patches = OnnxModels.memoryTokens(config);
      for (int n = 0; n < config.numLayers(); n++) {
        FloatBuffer memory = OnnxModel.floats(patches * 2L * config.hiddenDim());
        once.output("memory_" + n, memory, 1, patches, 2L * config.hiddenDim());
        each.input("memory_" + n, memory, 1, patches, 2L * config.hiddenDim());
      }
      FloatBuffer present = OnnxModel.floats(patches);
      once.output("memory_present", present, 1, patches);
      each.input("memory_present", present, 1, patches);
      once.run();

      FloatBuffer y = OnnxModel.floats(values).put(0, x);
      FloatBuffer base = OnnxModel.floats(values).put(0, x);
      FloatBuffer previous = OnnxModel.floats(values);
      FloatBuffer evaluation = OnnxModel.floats(OnnxModels.EVALUATION);
      FloatBuffer nextY = OnnxModel.floats(values);
      FloatBuffer nextBase = OnnxModel.floats(values);
      FloatBuffer velocity = OnnxModel.floats(values);
      FloatBuffer target = OnnxModel.floats(values);
      FloatBuffer weights = OnnxModel.floats(config.chunkLength());
      if (guidance != null) {
        target.put(0, guidance.target());
        weights.put(0, guidance.weights());
      }
      each.input("y", y, chunk).input("base", base, chunk).input("previous", previous, chunk).input("target", target, chunk)
          .input("weights", weights, config.chunkLength(), 1).input("evaluation", evaluation, OnnxModels.EVALUATION)
          .output("next_y", nextY, chunk).output("next_base", nextBase, chunk).output("velocity", velocity, chunk);
      for (int e = 0; e < plan.evaluations(); e++) {
        float t = plan.times()[e];
        evaluation.put(0, new float[] {
          t, plan.previousWeights()[e], plan.velocityWeights()[e], plan.advances()[e] ? 1 : 0, guidance == null ? 0 : guidance.gain(t)
        });
        each.run();
        y.put(0, nextY, 0, values);
        base.put(0, nextBase, 0, values);
        previous.put(0, velocity, 0, values);
      }
      float[] result = new float[values];
      y.get(0, result);
      return result;
    }

    private static float[] ones(int count) {
      float[] ones = new float[count];
      Arrays.fill(ones, 1);
      return ones;
    }

    @Override
    public void close() {
      condition.close();
      step.close();
    }
  }

  @Test
  void theCopyOfTheWeightsIsOnlyNeededWhileASessionIsOpened() throws IOException {
    try (Checkpoint checkpoint = checkpoint("random")) {
      OnnxRuntimeSession session;
      try (SafetensorsFile half = HalfWeights.open(checkpoint.weights(), Precision.FLOAT16, directory)) {
        session = new OnnxRuntimeSession(checkpoint.config(), half, Device.CPU, Precision.FLOAT16, ONE_THREAD);
        Files.delete(half.path());
      }
      try (session) {
        for (float value : chunk(checkpoint.config(), session, 1)) {
          assertTrue(Float.isFinite(value));
        }
      }
    }
  }
}
