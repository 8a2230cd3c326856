package flowmatching.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyProcessorsTest {
  private static final Path GOLDEN = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final FlowMatchingConfig CONFIG = FlowMatchingConfig.parse("config.json", JsonFile.read(GOLDEN.resolve("config.json")));
  private static final String NORMALIZER = "policy_preprocessor_step_3_normalizer_processor.safetensors";

  @TempDir Path directory;

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  private String refusal() {
    return assertThrows(BadInputException.class, () -> PolicyProcessors.load(directory, CONFIG)).getMessage();
  }

  @Test
  void lerobotsFilesAreRead() {
    PolicyProcessors processors = PolicyProcessors.load(directory, CONFIG);
    assertEquals(NormalizationMode.MEAN_STD, processors.input("observation.state").mode());
    assertEquals(NormalizationMode.IDENTITY, processors.input("observation.images.top").mode());
    assertEquals(NormalizationMode.MEAN_STD, processors.action().mode());
    assertTrue(processors.renames().isEmpty());
  }

  @Test
  void theStatisticsOfTheTrainingDataAreThere() {
    JsonNode recorded = JsonFile.read(TestData.path("datasets/reach_v30_image/meta/stats.json")).path("observation.state");
    Map<String, float[]> state = PolicyProcessors.statistics(directory).get("observation.state");
    for (String name : new String[] {"mean", "std", "min", "max", "q99"}) {
      for (int i = 0; i < 7; i++) {
        assertEquals(recorded.path(name).get(i).floatValue(), state.get(name)[i], 1e-6f, name + " " + i);
      }
    }
  }

  @Test
  void statisticsWithoutANormalizerAreRefused() throws IOException {
    ObjectNode json = JsonFile.read(directory.resolve(PolicyProcessors.PREPROCESSOR));
    json.putArray("steps");
    JsonFile.write(directory.resolve(PolicyProcessors.PREPROCESSOR), json);
    String reason = assertThrows(BadInputException.class, () -> PolicyProcessors.statistics(directory)).getMessage();
    assertTrue(reason.contains("normalizer_processor") && reason.contains(PolicyProcessors.PREPROCESSOR), reason);
  }

  @Test
  void ourFilesSayTheSameAsLeRobots() throws IOException {
    Map<String, Map<String, float[]>> statistics = new HashMap<>();
    try (SafetensorsFile tensors = SafetensorsFile.open(GOLDEN.resolve(NORMALIZER))) {
      for (String name : tensors.names()) {
        int dot = name.lastIndexOf('.');
        statistics.computeIfAbsent(name.substring(0, dot), k -> new HashMap<>()).put(name.substring(dot + 1), tensors.floats(name));
      }
    }
    Path ours = directory.resolve("ours");
    ProcessorFiles.write(ours, CONFIG, statistics);
    for (String name : new String[] {PolicyProcessors.PREPROCESSOR, PolicyProcessors.POSTPROCESSOR}) {
      assertEquals(JsonFile.read(GOLDEN.resolve(name)), JsonFile.read(ours.resolve(name)), name);
    }
    try (SafetensorsFile theirs = SafetensorsFile.open(GOLDEN.resolve(NORMALIZER));
        SafetensorsFile mine = SafetensorsFile.open(ours.resolve(NORMALIZER))) {
      assertEquals(theirs.names(), mine.names());
      for (String name : theirs.names()) {
        if (!name.endsWith(".count")) {
          assertEquals(theirs.bytes(name), mine.bytes(name), name);
        }
      }
    }
  }

  @Test
  void camerasAreRenamedAsTheFilesSay() throws IOException {
    Path file = directory.resolve(PolicyProcessors.PREPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    ((ObjectNode) json.path("steps").get(0).path("config").path("rename_map")).put("observation.images.front", "observation.images.top");
    JsonFile.write(file, json);
    assertEquals("observation.images.top", PolicyProcessors.load(directory, CONFIG).renames().get("observation.images.front"));
  }

  @Test
  void aMissingFileSaysHowToRunWithout() throws IOException {
    Files.delete(directory.resolve(PolicyProcessors.PREPROCESSOR));
    assertTrue(refusal().contains("--normalization=none"), refusal());
  }

  @Test
  void aStepThatWouldChangeWhatThePolicySeesIsRefused() throws IOException {
    Path file = directory.resolve(PolicyProcessors.PREPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    json.withArray("steps").addObject().put("registry_name", "delta_action_processor");
    JsonFile.write(file, json);
    assertTrue(refusal().contains("'delta_action_processor' is not supported"), refusal());
  }

  /** LeRobot would scale twice. */
  @ParameterizedTest
  @CsvSource({PolicyProcessors.PREPROCESSOR + ", 3, normalizer_processor", PolicyProcessors.POSTPROCESSOR + ", 0, unnormalizer_processor"})
  void aStepThatComesTwiceIsRefused(String name, int place, String step) throws IOException {
    Path file = directory.resolve(name);
    ObjectNode json = JsonFile.read(file);
    json.withArray("steps").add(json.path("steps").get(place).deepCopy());
    JsonFile.write(file, json);
    assertTrue(refusal().contains(name + ": expected one step '" + step + "', found several"), refusal());
  }

  /** As in LeRobot, whose step goes through its own features and leaves all others as they are. */
  @Test
  void whatTheStepDoesNotListIsNotNormalised() throws IOException {
    Path file = directory.resolve(PolicyProcessors.PREPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    ((ObjectNode) json.path("steps").get(3).path("config").path("features")).remove("observation.state");
    JsonFile.write(file, json);
    assertEquals(NormalizationMode.IDENTITY, PolicyProcessors.load(directory, CONFIG).input("observation.state").mode());
  }

  @Test
  void statisticsOfATypeThatIsNoNumberNameTheirFile() throws IOException {
    Path file = directory.resolve(NORMALIZER);
    new SafetensorsWriter().add("observation.state.mean", DType.U32, new long[] {1}, () -> ByteBuffer.allocate(4)).write(file);
    assertTrue(refusal().contains(file + ": tensor 'observation.state.mean' is of type U32"), refusal());
  }

  @Test
  void statisticsThatAModeNeedsMustBeThere() throws IOException {
    Path file = directory.resolve(PolicyProcessors.PREPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    ((ObjectNode) json.path("steps").get(3)).remove("state_file");
    JsonFile.write(file, json);
    assertTrue(refusal().contains("'observation.state': MEAN_STD needs 'mean'"), refusal());
  }

  @Test
  void aStateFileOutsideTheCheckpointIsRefused() throws IOException {
    Path file = directory.resolve(PolicyProcessors.PREPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    ((ObjectNode) json.path("steps").get(3)).put("state_file", "../" + NORMALIZER);
    JsonFile.write(file, json);
    assertTrue(refusal().contains("expected a file name"), refusal());
  }

  @Test
  void anUnknownModeIsRefused() throws IOException {
    Path file = directory.resolve(PolicyProcessors.POSTPROCESSOR);
    ObjectNode json = JsonFile.read(file);
    ((ObjectNode) json.path("steps").get(0).path("config").path("norm_map")).put("ACTION", "ZSCORE");
    JsonFile.write(file, json);
    assertTrue(refusal().contains("ZSCORE"), refusal());
  }
}
