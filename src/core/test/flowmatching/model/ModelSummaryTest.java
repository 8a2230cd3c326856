package flowmatching.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSummaryTest {
  private static ObjectNode fullSize() {
    return JsonFile.read(TestData.path("reference/full_size_one_camera.json"));
  }

  private static FlowMatchingConfig parse(ObjectNode json) {
    return FlowMatchingConfig.parse("config.json", json);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "a_original_constants", "b_small_one_camera", "c_three_cameras_no_padding", "d_step_encoding", "e_state_only", "f_patch_tokens"
  })
  void everyTensorOfAReferenceModelHasThePredictedShape(String model) {
    Map<String, int[]> shapes = new ModelSummary(parse(JsonFile.read(TestData.path("golden_models/" + model + "/config.json")))).shapes();
    try (SafetensorsFile weights = SafetensorsFile.open(TestData.path("golden_models/" + model + "/model.safetensors"))) {
      assertEquals(new LinkedHashSet<>(weights.names()), shapes.keySet());
      long values = 0;
      for (String name : weights.names()) {
        assertArrayEquals(weights.entry(name).shape(), Arrays.stream(shapes.get(name)).asLongStream().toArray(), name);
        values += weights.entry(name).count();
      }
      assertEquals(values, new ModelSummary(parse(JsonFile.read(TestData.path("golden_models/" + model + "/config.json")))).parameters());
    }
  }

  @Test
  void theLargestBackboneHasTorchvisionsNumberOfParameters() {
    // ViT_H_14_Weights.IMAGENET1K_SWAG_LINEAR_V1: 632,045,800 with a head of 1000 classes.
    ObjectNode json = fullSize().put("vision_backbone", "vit_h_14").put("vit_embed_dim", 1280);
    assertEquals(632_045_800L - 1000L * 1281, new ModelSummary(parse(json)).parts().get(0).parameters());
  }

  @Test
  void matrixProductsAreCountedByHandForAStateOnlyPolicy() {
    FlowMatchingConfig config = parse(JsonFile.read(TestData.path("golden_models/e_state_only/config.json")));
    long h = config.hiddenDim();
    long steps = config.chunkLength();
    long feedforward = config.dimFeedforward();
    List<ModelSummary.Part> parts = new ModelSummary(config).parts();
    assertEquals(0, parts.get(0).flops(), "no camera, no vision");
    assertEquals(2 * (config.maxStateDim() * h + 3 * h * h), parts.get(1).flops(), "state_proj and three layers");
    long layer = 2 * steps * (3 * h * h + h * h + 2 * h * feedforward) + 4 * steps * steps * h;
    long inAndOut = 2 * steps * (2 * config.maxActionDim() * h + h * h + h * h) + 2 * h * h; // the time once, not for every token
    assertEquals(inAndOut + config.numLayers() * layer, parts.get(2).flops());
    assertEquals(config.numSteps(), parts.get(2).runs());
    assertEquals(parts.get(1).flops() + config.numSteps() * parts.get(2).flops(), new ModelSummary(config).flopsPerChunk());
  }

  @Test
  void eachConfigurationKeyChangesWhatItShould() {
    long plain = new ModelSummary(parse(fullSize())).parameters();
    assertEquals(plain, new ModelSummary(parse(fullSize().put("action_step_encoding", "sinusoidal"))).parameters());
    assertEquals(plain, new ModelSummary(parse(fullSize().put("num_steps", 4).put("n_action_steps", 100).put("num_heads", 16))).parameters());
    assertEquals(plain - 2 * 1024 * 25 - 25, new ModelSummary(parse(fullSize().put("max_action_dim", 7))).parameters());
    // A vector a camera, and a layer: query and output projections, keys and values of both widths, a norm.
    long attention = 2L * (1024 * 1024 + 1024) + 2 * 1024 * (768 + 1) + 2 * 1024;
    assertEquals(plain + 768 + 6 * attention, new ModelSummary(parse(fullSize().put("vision_tokens", "patches"))).parameters());
  }

  @Test
  void patchTokensWithoutACameraMeanNothing() {
    ObjectNode json = JsonFile.read(TestData.path("golden_models/e_state_only/config.json"));
    long plain = new ModelSummary(parse(json)).parameters();
    assertEquals(plain, new ModelSummary(parse(json.put("vision_tokens", "patches"))).parameters());
  }

  @ParameterizedTest
  @CsvSource({
    "num_heads, 1024, 1",
    "num_layers, 1, 1",
    "hidden_dim, 2, 2"
  })
  void theSmallestSizesAreStillANetwork(String key, int value, int heads) {
    ObjectNode json = fullSize().put("num_heads", heads);
    json.put(key, key.equals("num_heads") ? heads : value);
    assertTrue(new ModelSummary(parse(json)).parameters() > 0);
  }

  @Test
  void aNetworkTooLargeForAnyMachineIsRefusedBeforeItIsBuilt() {
    ObjectNode json = fullSize().put("hidden_dim", 16384).put("num_layers", 256);
    String message = assertThrows(BadInputException.class, () -> parse(json)).getMessage();
    assertTrue(message.contains("2^31"), message);
  }

  @Test
  void featuresOfAnotherTypeUnderTheNamesOfStateAndActionAreRefused() {
    ObjectNode state = fullSize();
    state.withObject("input_features").putObject("observation.state").put("type", "VISUAL").putArray("shape").add(3).add(8).add(8);
    String message = assertThrows(BadInputException.class, () -> parse(state)).getMessage();
    assertTrue(message.contains("observation.state.type: expected STATE"), message);
    ObjectNode action = fullSize();
    action.withObject("output_features").putObject("action").put("type", "STATE").putArray("shape").add(3);
    message = assertThrows(BadInputException.class, () -> parse(action)).getMessage();
    assertTrue(message.contains("type ACTION"), message);
  }

  @Test
  void aConfigurationSurvivesBeingWrittenAndRead() {
    FlowMatchingConfig built =
        FlowMatchingConfig.builder().camera("observation.images.a", 48, 64).camera("observation.images.b", 96, 96).state(3).action(2, 15)
            .vision(new VisionBackbone(8, 1, 2, 16, 32), 16, 24).set("hidden_dim", 32).set("num_heads", 4).set("dropout", 0.0)
            .set("camera_slots", "shift").build();
    FlowMatchingConfig read = FlowMatchingConfig.parse("again", built.toJson());
    assertEquals(built.toJson(), read.toJson());
    assertEquals(built.cameras(), read.cameras());
    assertTrue(read.shiftsCameraSlots(), "set overrides what the builder turns on");
    assertEquals(0, read.dropout());
    assertEquals(6, read.backbone().patches(read.imageHeight(), read.imageWidth()));
    assertEquals(new ModelSummary(built).parameters(), new ModelSummary(read).parameters());
  }
}
