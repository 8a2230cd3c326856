package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LeRobotUploadsTest extends HubFixture {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");

  private LeRobotUploads uploads() {
    return new LeRobotUploads(hub("HF_TOKEN", HubServer.TOKEN));
  }

  private Map<String, byte[]> served(String name) {
    ServedRepository repository = server.repositories.get(name);
    return repository.commits.get(repository.branches.get("main"));
  }

  @Test
  void aCheckpointGoesWithACardThatSaysHowItWasTrained() throws IOException {
    uploads().checkpoint("user/policy", CHECKPOINT, Optional.empty());
    Map<String, byte[]> files = served("model user/policy");
    assertArrayEquals(Files.readAllBytes(CHECKPOINT.resolve("model.safetensors")), files.get("model.safetensors"));
    assertTrue(files.keySet().containsAll(Set.of("config.json", "policy_preprocessor.json", "train_config.json")), files.keySet().toString());
    String card = new String(files.get("README.md"));
    assertTrue(card.contains("license: apache-2.0\n") && card.contains("- local/reach_v30_image\n"), card);
    assertTrue(card.contains("| `observation.state` | [7] |") && card.contains("| steps | 100 |") && card.contains("| optimizer | adamw |"), card);
  }

  @Test
  void theConfigurationSaysLicenseTagsAndPrivacy() throws IOException {
    Path copy = Files.createDirectories(directory.resolve("copy"));
    ObjectNode config = JsonFile.read(CHECKPOINT.resolve("config.json"));
    config.put("license", "mit").put("private", true).putArray("tags").add("arm");
    JsonFile.write(copy.resolve("config.json"), config);
    uploads().checkpoint("user/policy", copy, Optional.empty());
    String card = new String(served("model user/policy").get("README.md"));
    assertTrue(card.contains("license: mit\n") && card.contains("- arm\n"), card);
    assertTrue(server.repositories.get("model user/policy").isPrivate);
  }

  @Test
  void aCardOfOnesOwnIsTaken() throws IOException {
    Path copy = Files.createDirectories(directory.resolve("copy"));
    Files.copy(CHECKPOINT.resolve("config.json"), copy.resolve("config.json"));
    Files.writeString(copy.resolve("README.md"), "mine");
    uploads().checkpoint("user/policy", copy, Optional.empty());
    assertEquals("mine", new String(served("model user/policy").get("README.md")));
  }

  @Test
  void aDataSetIsTaggedWithItsFormatAndFoundByIt() throws IOException {
    uploads().dataset("user/data2", DATASET, Optional.of(true));
    ServedRepository made = server.repositories.get("dataset user/data2");
    assertEquals(Map.of("v3.0", made.branches.get("main")), made.tags);

    Path found = new LeRobotDownloads(hub()).dataset("user/data2", Optional.empty(), Optional.empty());
    assertEquals(files(DATASET).stream().filter(LeRobotFiles::isOfDataset).toList(), files(found));
  }

  @Test
  void whatIsNoCheckpointOrDataSetIsRefusedBeforeARequest() throws IOException {
    assertTrue(refusal(() -> uploads().checkpoint("user/policy", directory, Optional.empty())).contains("config.json: no such file"));
    Files.createDirectories(directory.resolve("meta"));
    Files.writeString(directory.resolve("meta/info.json"), "{\"codebase_version\": \"../x\"}");
    assertTrue(refusal(() -> uploads().dataset("user/data2", directory, Optional.empty())).contains("key codebase_version: expected a version such as v3.0"));
    assertTrue(server.seen.isEmpty());
  }
}
