package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.TestData;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.image.RgbImage;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Normalizer;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyProcessors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A checkpoint that LeRobot wrote, from a recorded picture to unnormalised actions. */
class GoldenPipelineTest {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final float TOLERANCE = 1e-5f;
  private static final int ITEM = 60;

  @Test
  void theActionsAreThoseOfLeRobotsPipeline() {
    try (SafetensorsFile golden = SafetensorsFile.open(TestData.path("golden_checkpoint/golden_pipeline.safetensors"));
        SafetensorsFile items = SafetensorsFile.open(TestData.path("golden_items/reach_v30_image.chunk50.pyav.safetensors"));
        FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(CHECKPOINT)) {
      assertEquals(ITEM, golden.bytes("in.item_index").getLong(0));
      ActionChunk chunk = policy.predictActionChunk(observation(items), golden.floats("in.noise"));
      assertArrayEquals(golden.floats("out.actions_unnormalized"), chunk.values(), TOLERANCE);
    }
  }

  @Test
  void theStateIsNormalisedAsLeRobotDoes() {
    try (SafetensorsFile golden = SafetensorsFile.open(TestData.path("golden_checkpoint/golden_pipeline.safetensors"));
        SafetensorsFile items = SafetensorsFile.open(TestData.path("golden_items/reach_v30_image.chunk50.pyav.safetensors"));
        FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(CHECKPOINT)) {
      Normalizer normalizer = PolicyProcessors.load(CHECKPOINT, policy.config()).input("observation.state");
      float[] state = items.floats(ITEM + ".observation.state");
      for (int i = 0; i < state.length; i++) {
        state[i] = normalizer.normalize(state[i], i);
      }
      assertArrayEquals(golden.floats("out.state_normalized"), state, TOLERANCE);
    }
  }

  private static Observation observation(SafetensorsFile items) {
    Map<String, RgbImage> images =
        Map.of("observation.images.top", image(items, "top"), "observation.images.side", image(items, "side"));
    return new Observation(images, items.floats(ITEM + ".observation.state"));
  }

  private static RgbImage image(SafetensorsFile items, String camera) {
    String name = ITEM + ".observation.images." + camera + ".u8";
    ByteBuffer planes = items.bytes(name);
    long[] shape = items.entry(name).shape();
    int height = (int) shape[shape.length - 2];
    int width = (int) shape[shape.length - 1];
    byte[] pixels = new byte[3 * height * width];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i % (height * width) * 3 + i / (height * width)] = planes.get(i);
    }
    return new RgbImage(width, height, pixels);
  }
}
