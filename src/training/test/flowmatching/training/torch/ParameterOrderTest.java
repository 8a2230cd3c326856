package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ParameterOrderTest {
  @Test
  void isThatOfTheReferenceButForTorchvisionsBlocks() throws IOException {
    List<String> expected = new ArrayList<>(
        Files.readAllLines(TestData.path("reference/parameters_vit_b_16_one_camera.txt")).stream()
            .filter(line -> line.startsWith("model.")).map(line -> line.split(" ")[0]).toList());
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).endsWith(".ln_2.weight")) {
        // The reference has ln_2 (2 tensors) before self_attention (4), torchvision and so the original after it.
        Collections.rotate(expected.subList(i, i + 6), -2);
        i += 6;
      }
    }
    List<String> shuffled = new ArrayList<>(expected);
    Collections.shuffle(shuffled, new Random(1));
    assertEquals(expected, ParameterOrder.sorted(shuffled));
  }

  @Test
  void countsLayersAsNumbersAndPutsTheExtensionsWhereTheReferenceDoes() {
    List<String> expected = List.of(
        "model.camera_embedding",
        "model.vision_encoder.vit_encoder.encoder.layers.encoder_layer_2.mlp.3.bias",
        "model.vision_encoder.vit_encoder.encoder.layers.encoder_layer_10.ln_1.weight",
        "model.cond_network.4.bias",
        "model.vision_attention.0.q_proj.weight",
        "model.vision_attention.0.kv_proj.weight",
        "model.vision_attention.0.out_proj.weight",
        "model.vision_attention.0.norm.weight",
        "model.vision_attention.2.q_proj.weight",
        "model.vision_attention.10.q_proj.weight",
        "model.denoising_network.0.self_attn.in_proj_weight");
    List<String> shuffled = new ArrayList<>(expected);
    Collections.reverse(shuffled);
    assertEquals(expected, ParameterOrder.sorted(shuffled));
  }
}
