package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.conformance.GoldenObservations;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import flowmatching.model.PolicyNetwork;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The emitted models as any user of ONNX sees them. */
class OnnxModelsTest {
  private static final float TOLERANCE = 1e-5f;
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  @TempDir Path directory;

  /** One input of a model; a boolean list is given by its class. */
  private record Input(Object values, long... shape) {}

  private static Map<String, float[]> run(ModelProto model, Checkpoint checkpoint, Map<String, Input> inputs) throws OrtException {
    String folder = OnnxModels.weightsFile(checkpoint.weights()).getParent().toString();
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.addConfigEntry("session.model_external_initializers_file_folder_path", folder);
      try (OrtSession session = ENVIRONMENT.createSession(model.toByteArray(), options)) {
        assertEquals(session.getInputNames(), inputs.keySet());
        for (Map.Entry<String, Input> input : inputs.entrySet()) {
          Object values = input.getValue().values;
          tensors.put(input.getKey(), values instanceof float[] floats
              ? OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(floats), input.getValue().shape)
              : OnnxTensor.createTensor(ENVIRONMENT, values));
        }
        Map<String, float[]> outputs = new HashMap<>();
        try (OrtSession.Result result = session.run(tensors)) {
          result.forEach(output -> outputs.put(output.getKey(), values((OnnxTensor) output.getValue())));
        }
        return outputs;
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static float[] values(OnnxTensor tensor) {
    float[] values = new float[tensor.getFloatBuffer().remaining()];
    tensor.getFloatBuffer().get(values);
    return values;
  }

  private static float[] copy(FloatBuffer buffer) {
    float[] values = new float[buffer.capacity()];
    buffer.get(0, values);
    return values;
  }

  private static float[] join(float[]... parts) {
    FloatBuffer all = FloatBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    for (float[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  /** What the session makes of one observation. */
  private record Single(
      float[] images, float[] state, float[] present, float[] tokens, float[] condition, float[] noise, float[] velocity, float[] chunk) {}

  private static Single single(Checkpoint checkpoint, PolicySession session, SafetensorsFile golden, int sample, IntegrationPlan plan) {
    FlowMatchingConfig config = checkpoint.config();
    GoldenObservations observations = new GoldenObservations(golden);
    // The second observation lacks a camera where that is allowed, so the batch is not of one kind.
    int first = sample == 1 && config.emptyCameras() > 0 && config.cameras().size() > 1 ? 1 : 0;
    var seen = config.cameras().subList(config.cameras().isEmpty() ? 0 : first, config.cameras().size());
    ObservationEncoder encoder = new ObservationEncoder(config, PolicyProcessors.none(), session);
    boolean[] slots = encoder.write(observations.get(sample, seen));
    encoder.encode(observations.get(sample, seen));
    float[] present = new float[slots.length];
    for (int i = 0; i < slots.length; i++) {
      present[i] = slots[i] ? 1 : 0;
    }
    float[] noise = observations.part("in.noise", sample);
    float[] velocity = new float[noise.length];
    session.velocity(noise, 0.7f, velocity);
    float[] chunk = noise.clone();
    session.integrate(plan, null, chunk);
    return new Single(
        copy(session.images()), copy(session.state()), present, copy(session.visionTokens()), copy(session.condition()), noise, velocity, chunk);
  }

  @ParameterizedTest
  @CsvSource({
    "b_small_one_camera, -1", "b_small_one_camera, 2", "c_three_cameras_no_padding, -1", "c_three_cameras_no_padding, 2",
    "d_step_encoding, -1", "e_state_only, -1", "e_state_only, 2", "f_patch_tokens, -1", "f_patch_tokens, 2"
  })
  void aBatchGivesWhatItsObservationsGiveAlone(String name, int batch) throws OrtException {
    Path model = TestData.path("golden_models/" + name);
    try (Checkpoint checkpoint = Checkpoint.open(model);
        PolicySession session = Runtimes.open("onnxruntime", checkpoint, new RuntimeOptions(1, false));
        SafetensorsFile golden = SafetensorsFile.open(model.resolve("golden.safetensors"))) {
      FlowMatchingConfig config = checkpoint.config();
      IntegrationPlan plan = Solver.HEUN.plan(3);
      Single one = single(checkpoint, session, golden, 0, plan);
      Single two = single(checkpoint, session, golden, 1, plan);
      OnnxModels models = new OnnxModels(checkpoint, batch);
      int cameras = config.cameras().size();
      long steps = config.chunkLength();
      long actions = config.maxActionDim();

      Map<String, Input> condition = new HashMap<>();
      condition.put("state", new Input(join(one.state, two.state), 2, config.maxStateDim()));
      if (cameras > 0) {
        int tokens = PolicyNetwork.tokensPerCamera(config);
        // The first slot's picture of both observations.
        int pixels = one.images.length / cameras;
        float[] pictures = join(Arrays.copyOf(one.images, pixels), Arrays.copyOf(two.images, pixels));
        int width = tokens * config.vitEmbedDim();
        Input images = new Input(pictures, 2, 3, config.imageHeight(), config.imageWidth());
        float[] seen = run(models.vision(), checkpoint, Map.of("images", images)).get("tokens");
        assertArrayEquals(join(Arrays.copyOf(one.tokens, width), Arrays.copyOf(two.tokens, width)), seen, TOLERANCE);
        condition.put("tokens", new Input(join(one.tokens, two.tokens), 2, cameras, tokens, config.vitEmbedDim()));
        condition.put("present", new Input(join(one.present, two.present), 2, cameras));
      }
      Map<String, float[]> conditioned = run(models.condition(), checkpoint, condition);
      assertArrayEquals(join(one.condition, two.condition), conditioned.get("condition"), TOLERANCE);

      Map<String, Input> inputs = new HashMap<>();
      conditioned.forEach((key, values) -> inputs.put(key, new Input(values, shape(key, config))));
      Map<String, Input> velocity = new HashMap<>(inputs);
      velocity.put("x", new Input(join(one.noise, two.noise), 2, steps, actions));
      velocity.put("t", new Input(new float[] {0.7f, 0.7f}, 2));
      assertArrayEquals(join(one.velocity, two.velocity), run(models.velocity(), checkpoint, velocity).get("velocity"), TOLERANCE);

      long n = plan.evaluations();
      inputs.put("y", new Input(join(one.noise, two.noise), 2, steps, actions));
      inputs.put("base", new Input(join(one.noise, two.noise), 2, steps, actions));
      inputs.put("times", new Input(plan.times(), n));
      inputs.put("previous_weights", new Input(plan.previousWeights(), n));
      inputs.put("velocity_weights", new Input(plan.velocityWeights(), n));
      inputs.put("advances", new Input(plan.advances()));
      inputs.put("gains", new Input(new float[(int) n], n));
      inputs.put("target", new Input(new float[2 * one.noise.length], 2, steps, actions));
      inputs.put("weights", new Input(new float[(int) steps], steps, 1));
      assertArrayEquals(join(one.chunk, two.chunk), run(models.integrate(), checkpoint, inputs).get("x"), TOLERANCE);

      float[] embedding = run(models.timeEmbedding(), checkpoint, Map.of("t", new Input(new float[] {1, 0.25f}, 2))).get("embedding");
      assertArrayEquals(join(session.timeEmbedding(1), session.timeEmbedding(0.25f)), embedding, TOLERANCE);
    }
  }

  private static long[] shape(String conditionOutput, FlowMatchingConfig config) {
    long tokens = OnnxModels.memoryTokens(config);
    return switch (conditionOutput) {
      case "condition" -> new long[] {2, config.hiddenDim()};
      case "memory_present" -> new long[] {2, tokens};
      default -> new long[] {2, tokens, 2L * config.hiddenDim()};
    };
  }

  /** The full-size weights as a file that takes no room: zeros that are not written. */
  private Checkpoint sparse(FlowMatchingConfig config) throws IOException {
    StringBuilder header = new StringBuilder("{");
    long offset = 0;
    for (Map.Entry<String, int[]> shape : new ModelSummary(config).shapes().entrySet()) {
      long bytes = DType.F32.bytes();
      for (int size : shape.getValue()) {
        bytes *= size;
      }
      header.append(header.length() > 1 ? "," : "").append('"').append(shape.getKey()).append("\":{\"dtype\":\"F32\",\"shape\":")
          .append(Arrays.toString(shape.getValue())).append(",\"data_offsets\":[").append(offset).append(',').append(offset + bytes).append("]}");
      offset += bytes;
    }
    byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(Checkpoint.WEIGHTS).toFile(), "rw")) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
      file.write(text);
      file.setLength(8 + text.length + offset);
    }
    Files.writeString(directory.resolve(Checkpoint.CONFIG), config.toJson().toString());
    return Checkpoint.open(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"class", "patches"})
  void theModelsOfTheFullSizePolicyHoldNoWeights(String vision) throws IOException {
    var json = JsonFile.read(TestData.path("reference/full_size_one_camera.json"));
    json.put("vision_tokens", vision).put("action_step_encoding", "sinusoidal");
    try (Checkpoint checkpoint = sparse(FlowMatchingConfig.parse("config.json", json))) {
      for (int batch : new int[] {-1, 1, 2}) {
        OnnxModels models = new OnnxModels(checkpoint, batch);
        long all = 0;
        long external = 0;
        for (ModelProto model : List.of(models.vision(), models.condition(), models.velocity(), models.integrate(), models.timeEmbedding())) {
          // The step encoding of 50 actions of width 1024 is a constant of 200 kB by itself.
          int size = model.getSerializedSize();
          assertTrue(size < 200_000 + 4 * 50 * 1024, model.getGraph().getName() + " has " + size + " bytes");
          for (TensorProto tensor : model.getGraph().getInitializerList()) {
            external += tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL ? 1 : 0;
            all++;
          }
        }
        assertTrue(external > 200 && all > external, external + " of " + all);
      }
    }
  }

  @Test
  void withoutStepEncodingEveryModelOfTheFullSizePolicyIsBelow200Kilobytes() throws IOException {
    var json = JsonFile.read(TestData.path("reference/full_size_one_camera.json"));
    try (Checkpoint checkpoint = sparse(FlowMatchingConfig.parse("config.json", json))) {
      OnnxModels models = new OnnxModels(checkpoint, -1);
      for (ModelProto model : List.of(models.vision(), models.condition(), models.velocity(), models.integrate(), models.timeEmbedding())) {
        assertTrue(model.getSerializedSize() < 200_000, model.getGraph().getName() + " has " + model.getSerializedSize() + " bytes");
      }
    }
  }

  @Test
  void anUnknownNumberOfEvaluationsIsNotTakenForTheBatch() {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/b_small_one_camera"))) {
      ModelProto model = new OnnxModels(checkpoint, -1).integrate();
      Map<String, String> first = new HashMap<>();
      for (ValueInfoProto input : model.getGraph().getInputList()) {
        first.put(input.getName(), input.getType().getTensorType().getShape().getDim(0).getDimParam());
      }
      assertEquals("batch", first.get("y"));
      assertEquals("evaluations", first.get("times"));
      assertEquals("evaluations", first.get("advances"));
      assertEquals("", first.get("weights"), "one row an action of the chunk");
    }
  }

  @Test
  void theSameCheckpointGivesTheSameBytes() {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/f_patch_tokens"))) {
      assertArrayEquals(new OnnxModels(checkpoint, 1).integrate().toByteArray(), new OnnxModels(checkpoint, 1).integrate().toByteArray());
      assertFalse(Arrays.equals(new OnnxModels(checkpoint, 1).condition().toByteArray(), new OnnxModels(checkpoint, 2).condition().toByteArray()));
    }
  }
}
