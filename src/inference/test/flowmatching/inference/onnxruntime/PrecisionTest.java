package flowmatching.inference.onnxruntime;

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
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.HalfWeights;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import java.io.IOException;
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
