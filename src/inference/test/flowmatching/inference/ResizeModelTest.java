package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.image.NetworkImage;
import flowmatching.image.RgbImage;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.VisionBackbone;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The model by which a GPU resizes pictures, run on the CPU by ONNX Runtime. */
class ResizeModelTest {
  private static final Path GOLDEN = TestData.path("golden_models");

  private static float[] resized(ModelProto model, RgbImage picture) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    ByteBuffer pixels = ByteBuffer.allocateDirect(picture.pixels().length).order(ByteOrder.nativeOrder()).put(picture.pixels()).rewind();
    long[] shape = {1, picture.height(), picture.width(), 3};
    try (OrtSession session = environment.createSession(model.toByteArray());
        OnnxTensor input = OnnxTensor.createTensor(environment, pixels, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of("picture", input))) {
      FloatBuffer values = ((OnnxTensor) result.get("resized").orElseThrow()).getFloatBuffer();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return copy;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"640, 480, 224", "1280, 720, 224", "224, 224, 224", "96, 96, 224", "31, 37, 24", "1, 1, 24", "53, 1, 24", "640, 480, 8"})
  void itGivesWhatNetworkImageGives(int width, int height, int size) {
    byte[] pixels = new byte[3 * width * height];
    new Random(width * 31 + height).nextBytes(pixels);
    RgbImage picture = new RgbImage(width, height, pixels);
    FloatBuffer expected = FloatBuffer.allocate(3 * size * size);
    new NetworkImage(size, size).write(picture, expected, 0);
    FlowMatchingConfig config = FlowMatchingConfig.builder().camera("observation.images.front", height, width).state(2).action(2, 8)
        .vision(new VisionBackbone(8, 1, 1, 4, 4), size, size).build();
    float[] found = resized(new OnnxModels(config, null, 1).resize(), picture);
    assertEquals(expected.capacity(), found.length);
    // Two float32 roundings of a place, in each direction, on a slope of at most 1: as for NetworkImage itself.
    double bound = 1e-6 + 2 * (width + height) * 0x1p-24;
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected.get(i), found[i], bound, "value " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"b_small_one_camera", "c_three_cameras_no_padding", "d_step_encoding", "f_patch_tokens"})
  void goldenModelsComeOutWhereTheSessionResizesTheirPictures(String name) {
    Path model = GOLDEN.resolve(name);
    try (Checkpoint checkpoint = Checkpoint.open(model);
        Resizing session = new Resizing(checkpoint, Runtimes.open("onnxruntime", checkpoint, new RuntimeOptions(1, false)))) {
      List<Conformance.Row> rows = Conformance.run(model, checkpoint, session);
      for (Conformance.Row row : rows) {
        assertTrue(row.deviation() <= 2e-5, row.toString());
      }
      assertTrue(session.resized >= checkpoint.config().cameras().size(), session.resized + " pictures were resized by the model");
    }
  }

  /** A session that resizes pictures of its cameras' sizes by the model, as one on a GPU does. */
  private static final class Resizing implements PolicySession {
    private final FlowMatchingConfig config;
    private final OnnxModels models;
    private final PolicySession session;
    private int resized;

    Resizing(Checkpoint checkpoint, PolicySession session) {
      this.config = checkpoint.config();
      this.models = new OnnxModels(checkpoint, 1);
      this.session = session;
    }

    @Override
    public boolean resizes(int width, int height) {
      return width <= 80 && height <= 60;
    }

    @Override
    public void encodeImages(boolean[] present, RgbImage[] pictures) {
      for (int slot = 0; slot < pictures.length; slot++) {
        if (pictures[slot] != null) {
          assertTrue(present[slot], "slot " + slot);
          float[] values = resized(models.resize(), pictures[slot]);
          session.images().put(slot * values.length, values);
          resized++;
        }
      }
      session.encodeImages(present);
    }

    @Override
    public String description() {
      return session.description();
    }

    @Override
    public FloatBuffer images() {
      return session.images();
    }

    @Override
    public FloatBuffer state() {
      return session.state();
    }

    @Override
    public void encodeImages(boolean[] present) {
      session.encodeImages(present);
    }

    @Override
    public void encodeState() {
      session.encodeState();
    }

    @Override
    public FloatBuffer visionTokens() {
      return session.visionTokens();
    }

    @Override
    public FloatBuffer condition() {
      return session.condition();
    }

    @Override
    public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
      session.integrate(plan, guidance, x);
    }

    @Override
    public void velocity(float[] x, float t, float[] velocity) {
      session.velocity(x, t, velocity);
    }

    @Override
    public float[] timeEmbedding(float t) {
      return session.timeEmbedding(t);
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
