package flowmatching.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.image.RgbImage;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.Observation;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyExampleTest {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003");
  private static final Observation OBSERVATION = new Observation(
      Map.of("observation.images.top", new RgbImage(96, 96, new byte[3 * 96 * 96]), "observation.images.side", new RgbImage(128, 96, new byte[3 * 96 * 128])),
      new float[7]);

  @Test
  void anEpisodeIsPlayed() {
    assertEquals(7, PolicyExample.playAnEpisode(CHECKPOINT, OBSERVATION, 60).length);
  }

  @Test
  void aChunkIsPredicted() {
    assertEquals(50, PolicyExample.predictAChunk(CHECKPOINT, OBSERVATION).steps());
  }

  @Test
  void aCustomPolicyRuns() {
    ActionChunk chunk = PolicyExample.aCustomPolicy();
    assertEquals(20, chunk.steps());
    assertEquals(6, chunk.dimension());
    for (float value : chunk.values()) {
      assertTrue(Float.isFinite(value));
    }
  }
}
