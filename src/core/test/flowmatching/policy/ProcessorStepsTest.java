package flowmatching.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processor files that are not quite the usual ones. */
class ProcessorStepsTest {
  private static final Path GOLDEN = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final FlowMatchingConfig CONFIG = FlowMatchingConfig.parse("config.json", JsonFile.read(GOLDEN.resolve("config.json")));

  @TempDir Path directory;

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
  }

  private void change(String name, Consumer<ArrayNode> change) throws IOException {
    ObjectNode json = JsonFile.read(directory.resolve(name));
    change.accept((ArrayNode) json.get("steps"));
    JsonFile.write(directory.resolve(name), json);
  }

  private void assertRefused(String... expected) {
    String message = assertThrows(BadInputException.class, () -> PolicyProcessors.load(directory, CONFIG)).getMessage();
    for (String part : expected) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void aPipelineThatForgotToNormaliseIsRefused() throws IOException {
    change(PolicyProcessors.PREPROCESSOR, steps -> steps.remove(3));
    assertRefused(PolicyProcessors.PREPROCESSOR, "'normalizer_processor'");
  }

  @Test
  void aPipelineThatForgotToUnnormaliseIsRefused() throws IOException {
    change(PolicyProcessors.POSTPROCESSOR, steps -> steps.remove(0));
    assertRefused(PolicyProcessors.POSTPROCESSOR, "'unnormalizer_processor'");
  }

  @Test
  void anEpsilonThatIsNotTheUsualOneIsRefusedAndNotIgnored() throws IOException {
    change(PolicyProcessors.PREPROCESSOR, steps -> ((ObjectNode) steps.get(3).get("config")).put("eps", 1e-6));
    assertRefused("eps", "1.0E-6");
  }

  @Test
  void onlyTheListedObservationsAreNormalised() throws IOException {
    String key = "normalize_observation_keys";
    change(PolicyProcessors.PREPROCESSOR, steps -> ((ObjectNode) steps.get(3).get("config")).putArray(key).add("observation.images.top"));
    assertEquals(NormalizationMode.IDENTITY, PolicyProcessors.load(directory, CONFIG).input("observation.state").mode());
    change(PolicyProcessors.PREPROCESSOR, steps -> ((ObjectNode) steps.get(3).get("config")).withArray(key).add("observation.state"));
    assertEquals(NormalizationMode.MEAN_STD, PolicyProcessors.load(directory, CONFIG).input("observation.state").mode());
  }

  @Test
  void theMissingPostprocessorIsNamedToo() throws IOException {
    Files.delete(directory.resolve(PolicyProcessors.POSTPROCESSOR));
    assertRefused(PolicyProcessors.POSTPROCESSOR, "--normalization=none");
  }

  @Test
  void aMissingStateFileIsNamed() throws IOException {
    Files.delete(directory.resolve("policy_postprocessor_step_0_unnormalizer_processor.safetensors"));
    assertRefused("policy_postprocessor_step_0_unnormalizer_processor.safetensors: no such file");
  }

  @Test
  void noNameOfAStateFileLeadsOutOfTheCheckpointOrBreaksAnything() throws IOException {
    for (String name : new String[] {"/etc/hostname", "..", ".", "a/b", "./x", "\0", "x\0y"}) {
      change(PolicyProcessors.PREPROCESSOR, steps -> ((ObjectNode) steps.get(3)).put("state_file", name));
      assertThrows(BadInputException.class, () -> PolicyProcessors.load(directory, CONFIG), name);
    }
  }

  @Test
  void mutatedProcessorFilesAreReadOrRefused() throws IOException {
    SplittableRandom random = new SplittableRandom(23);
    int refused = 0;
    for (int i = 0; i < 1500; i++) {
      String name = random.nextBoolean() ? PolicyProcessors.PREPROCESSOR : PolicyProcessors.POSTPROCESSOR;
      byte[] text = Files.readAllBytes(GOLDEN.resolve(name));
      for (int k = random.nextInt(1, 3); k > 0; k--) {
        text[random.nextInt(text.length)] = "0123456789[]{}:,\"\\nu/.".getBytes(StandardCharsets.US_ASCII)[random.nextInt(22)];
      }
      Files.write(directory.resolve(name), text);
      try {
        PolicyProcessors.load(directory, CONFIG);
      } catch (BadInputException e) {
        refused++;
      }
      Files.write(directory.resolve(name), Files.readAllBytes(GOLDEN.resolve(name)));
    }
    assertTrue(refused > 500 && refused < 1500, refused + " were refused");
  }
}
