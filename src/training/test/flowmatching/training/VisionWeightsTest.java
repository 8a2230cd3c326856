package flowmatching.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.VisionBackbone;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisionWeightsTest {
  private static final String PREFIX = "model.vision_encoder.vit_encoder.";

  @TempDir private Path directory;

  private final Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model"));
  private final NetworkParameters parameters =
      new NetworkParameters(checkpoint.config(), checkpoint.weights(), new Compute("cpu", Compute.Precision.FP32, 1));

  @AfterEach
  void close() {
    parameters.close();
    checkpoint.close();
  }

  /** What torchvision itself has of these sizes. */
  private Path torchvision(int patch) throws Exception {
    Python.assumeModule("torchvision", "safetensors");
    VisionBackbone size = checkpoint.config().backbone();
    Path file = directory.resolve("vit" + patch + ".safetensors");
    Python.run("src/testdata/tools/peer_vision_weights.py", file.toString(), String.valueOf(checkpoint.config().imageHeight()),
        String.valueOf(patch), String.valueOf(size.layers()), String.valueOf(size.heads()), String.valueOf(size.width()), String.valueOf(size.mlpWidth()));
    return file;
  }

  @Test
  void torchvisionsWeightsAreTakenAndItsClassifierIsNot() throws Exception {
    Path file = torchvision(checkpoint.config().backbone().patchSize());
    String other = parameters.names().stream().filter(name -> !name.startsWith(PREFIX)).findFirst().orElseThrow();
    float[] before = HostTensor.floats(parameters.get(other));
    VisionWeights.load(file, parameters);
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      assertTrue(weights.names().stream().anyMatch(name -> name.startsWith("heads.")));
      parameters.names().stream().filter(name -> name.startsWith(PREFIX)).forEach(name ->
          assertArrayEquals(weights.floats(name.substring(PREFIX.length())), HostTensor.floats(parameters.get(name)), name));
    }
    assertArrayEquals(before, HostTensor.floats(parameters.get(other)));
  }

  @Test
  void weightsOfOtherSizesAreRefusedByName() throws Exception {
    Path file = torchvision(checkpoint.config().backbone().patchSize() * 2);
    BadInputException e = assertThrows(BadInputException.class, () -> VisionWeights.load(file, parameters));
    assertTrue(e.getMessage().contains("conv_proj.weight: expected ["), e.getMessage());
  }

  @Test
  void anotherNetworksWeightsAreRefused() {
    Path policy = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model/model.safetensors");
    BadInputException e = assertThrows(BadInputException.class, () -> VisionWeights.load(policy, parameters));
    assertTrue(e.getMessage().contains("class_token is missing") && e.getMessage().contains(" more"), e.getMessage());
  }
}
