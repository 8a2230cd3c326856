package flowmatching.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.PolicyFeature.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowMatchingConfigTest {
  private static final ObjectNode GOLDEN = JsonFile.read(TestData.path("golden_models/b_small_one_camera/config.json"));

  private static FlowMatchingConfig parse(ObjectNode json) {
    return FlowMatchingConfig.parse("config.json", json);
  }

  @Test
  void parametersAreThoseOfThePythonReferenceByNameShapeAndOrderOfMagnitude() throws IOException {
    FlowMatchingConfig config = parse(JsonFile.read(TestData.path("reference/full_size_one_camera.json")));
    Map<String, int[]> shapes = new ModelSummary(config).shapes();
    List<String> lines = Files.readAllLines(TestData.path("reference/parameters_vit_b_16_one_camera.txt"));
    for (String line : lines.subList(0, lines.size() - 1)) {
      String name = line.substring(0, line.indexOf(' '));
      assertNotNull(shapes.get(name), name);
      assertEquals(line.substring(line.indexOf(' ') + 1), Arrays.toString(shapes.get(name)), name);
    }
    assertEquals(lines.size() - 1, shapes.size());
    assertEquals("total " + new ModelSummary(config).parameters(), lines.get(lines.size() - 1));
  }

  @Test
  void aSecondCameraAddsItsRowsOfTheVisionProjectionOnly() {
    ObjectNode json = JsonFile.read(TestData.path("reference/full_size_one_camera.json"));
    assertEquals(169_608_992, new ModelSummary(parse(json)).parameters());
    json.withObject("input_features").putObject("observation.images.wrist").put("type", "VISUAL").putArray("shape").add(3).add(480).add(640);
    assertEquals(170_395_424, new ModelSummary(parse(json)).parameters());
  }

  @ParameterizedTest
  // torchvision's parameter counts less the classification head of 1000 classes: width * 1000 + 1000.
  @CsvSource({"vit_b_16, 768, 86567656", "vit_b_32, 768, 88224232", "vit_l_16, 1024, 304326632", "vit_l_32, 1024, 306535400"})
  void backbonesHaveTorchvisionsNumberOfParameters(String name, int width, long torchvision) {
    ObjectNode json = JsonFile.read(TestData.path("reference/full_size_one_camera.json"));
    json.put("vision_backbone", name).put("vit_embed_dim", width);
    assertEquals(torchvision - 1000L * (width + 1), new ModelSummary(parse(json)).parts().get(0).parameters());
  }

  @Test
  void anAbsentKeyMeansTheOriginal() {
    FlowMatchingConfig config = parse(JsonFile.read(TestData.path("reference/full_size_one_camera.json")));
    assertFalse(config.sinusoidalStepEncoding());
    assertFalse(config.patchTokens());
    assertTrue(config.shiftsCameraSlots());
    assertEquals(32, config.maxActionDim());
    assertEquals(4 * 1024, config.dimFeedforward());
    assertTrue(config.fps().isEmpty());
    assertEquals(NormalizationMode.IDENTITY, config.normalization(Type.STATE));
  }

  @Test
  void newPoliciesTurnOnWhatTheOriginalLacks() {
    FlowMatchingConfig config = FlowMatchingConfig.builder().camera("observation.images.top", 96, 128).state(7).action(6, 30).build();
    assertTrue(config.sinusoidalStepEncoding());
    assertTrue(config.patchTokens());
    assertFalse(config.shiftsCameraSlots());
    assertEquals(7, config.maxStateDim());
    assertEquals(6, config.maxActionDim());
    assertEquals(30, config.fps().getAsDouble());
    assertEquals(NormalizationMode.MEAN_STD, config.normalization(Type.ACTION));
  }

  @Test
  void unknownKeysAreReportedAndWrittenBack() {
    ObjectNode json = GOLDEN.deepCopy();
    json.put("a_key_of_tomorrow", 3);
    FlowMatchingConfig config = parse(json);
    assertEquals(List.of("a_key_of_tomorrow"), config.unknownKeys());
    assertEquals(json, config.toJson());
  }

  @Test
  void camerasKeepTheOrderOfTheFile() {
    ObjectNode json = JsonFile.read(TestData.path("golden_models/c_three_cameras_no_padding/config.json"));
    List<String> keys = parse(json).cameras().stream().map(PolicyFeature::key).toList();
    assertEquals(List.of("observation.images.left", "observation.images.right", "observation.images.wrist"), keys);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "n_obs_steps | 2 | only 1",
    "hidden_dim | 63 | even",
    "hidden_dim | 66 | num_heads = 4",
    "num_heads | 0 | 1 to 256",
    "n_action_steps | 0 | 1 to 4096",
    "max_action_dim | 4 | at least the action's size 5",
    "max_state_dim | 5 | at least the state's size 6",
    "dropout | 1.5 | 0.0 to 0.9",
    "time_min_period | 4.5 | less than time_max_period",
    "image_size | [25, 40] | patch size 8",
    "image_size | [24] | [height, width]",
    "image_size | [65536, 65536] | at most 16384 patches",
    "vit | {\"patch_size\":8,\"num_layers\":1,\"num_heads\":5,\"mlp_dim\":64} | divisor of vit_embed_dim = 32",
    "vit | null | vision_backbone",
    "vision_backbone | 7 | any",
    "action_step_encoding | \"learned\" | none, sinusoidal",
    "vision_tokens | 1 | class, patches",
    "camera_slots | \"left\" | shift, fixed",
    "type | \"act\" | 'flowmatching'",
    "output_features | {} | 'action'",
    "normalization_mapping | {\"STATE\":\"ZSCORE\"} | MEAN_STD",
    "input_features | {} | camera or 'observation.state'",
    "input_features | {\"observation.images.a\":{\"type\":\"VISUAL\",\"shape\":[1,48,48]}} | 3 channels",
    "input_features | {\"observation.state\":{\"type\":\"STATE\",\"shape\":[0]}} | [size]",
    "input_features | [] | an object",
    "fps | -1 | 0.001 to 10000.0",
  })
  void anImpossibleValueIsRefusedWithItsKeyAndWhatIsPossible(String key, String value, String expected) throws IOException {
    ObjectNode json = GOLDEN.deepCopy();
    json.set(key, new ObjectMapper().readTree(value));
    if (key.equals("vit") && value.equals("null")) {
      json.put("vision_backbone", "vit_tiny");
    }
    String message = assertThrows(BadInputException.class, () -> parse(json)).getMessage();
    assertTrue(message.startsWith("config.json: "), message);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void mutatedConfigurationsAreReadOrRefusedButNothingElseHappens() {
    SplittableRandom random = new SplittableRandom(5);
    JsonNode[] values = {
      json("null"), json("-1"), json("0"), json("1e300"), json("99999999999999999999"), json("65536"), json("\"x\""), json("[]"), json("{}"),
      json("true"), json("[[[[1]]]]"), json("1.5"),
    };
    int refused = 0;
    for (int i = 0; i < 5000; i++) {
      ObjectNode mutated = JsonFile.read(TestData.path("golden_models/f_patch_tokens/config.json"));
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        mutate(mutated, values[random.nextInt(values.length)], random);
      }
      try {
        assertTrue(new ModelSummary(parse(mutated)).parameters() > 0);
      } catch (BadInputException e) {
        refused++;
      }
    }
    assertTrue(refused > 1000, "many mutations are impossible, " + refused + " were refused");
  }

  private static void mutate(JsonNode node, JsonNode value, SplittableRandom random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(node, containers);
    JsonNode container = containers.get(random.nextInt(containers.size()));
    if (container instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(4) == 0) {
        object.remove(name);
      } else {
        object.set(name, value.deepCopy());
      }
    } else if (container instanceof ArrayNode array && !array.isEmpty()) {
      array.set(random.nextInt(array.size()), value.deepCopy());
    }
  }

  private static void collect(JsonNode node, List<JsonNode> into) {
    if (node.isContainerNode()) {
      into.add(node);
      node.forEach(child -> collect(child, into));
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
