package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where data sets are looked for, and which revision is taken. */
class LeRobotDownloadsTest extends HubFixture {
  private static final Map<String, byte[]> FILES =
      Map.of("meta/info.json", "{}".getBytes(), "data/chunk-000/file-000.parquet", bytes(1000), "README.md", "x".getBytes(), "notes.bin", bytes(50));

  private ServedRepository dataset;

  @BeforeEach
  void addDataset() {
    dataset = server.add("dataset user/data");
    dataset.put("main", FILES);
  }

  private Path find(Optional<Path> root, Optional<String> revision, String... variables) {
    return new LeRobotDownloads(hub(variables)).dataset("user/data", root, revision);
  }

  private Path find() {
    return find(Optional.empty(), Optional.empty());
  }

  @Test
  void theTagOfTheFormatIsTakenAndNotTheBranch() throws IOException {
    dataset.tags.put("v3.0", dataset.branches.get("main"));
    dataset.tags.put("v2.1", dataset.put("old", Map.of("meta/info.json", "{\"old\": 1}".getBytes())));
    dataset.put("main", Map.of("meta/info.json", "{\"newer\": 1}".getBytes()));

    Path found = find();
    assertEquals(home().resolve("lerobot/hub/datasets--user--data/snapshots").resolve(dataset.tags.get("v3.0")), found);
    assertEquals(List.of("data/chunk-000/file-000.parquet", "meta/info.json"), files(found), "and what belongs to a data set only");
    server.seen.clear();
    assertEquals(found, find());
    assertEquals(List.of(), server.seen);
  }

  @Test
  void withoutItTheOlderFormatIsTakenAlsoWhereItIsABranch() {
    dataset.put("v2.1", FILES);
    assertEquals(dataset.branches.get("v2.1"), find().getFileName().toString());
  }

  @Test
  void withoutATagTheRevisionMustBeNamed() {
    dataset.tags.put("v1.6", dataset.branches.get("main"));
    String message = refusal(this::find);
    assertTrue(message.contains("data set user/data: expected a tag of the data set's format, v3.0 or v2.1, found main, v1.6; name a revision"), message);
    assertEquals(dataset.branches.get("main"), find(Optional.empty(), Optional.of("main")).getFileName().toString());
  }

  @Test
  void whatWasRecordedHereIsTakenWithoutARequest() throws IOException {
    Path local = home().resolve("lerobot/user/data");
    Files.createDirectories(local.resolve("meta"));
    Files.writeString(local.resolve("meta/info.json"), "{}");
    assertEquals(local, find());
    assertEquals(local, find(Optional.of(local), Optional.empty()));
    assertEquals(List.of(), server.seen);
  }

  @Test
  void aDirectoryThatIsGivenIsFilled() throws IOException {
    dataset.tags.put("v3.0", dataset.branches.get("main"));
    Path root = directory.resolve("here");
    assertEquals(root, find(Optional.of(root), Optional.empty()));
    assertEquals(List.of("data/chunk-000/file-000.parquet", "meta/info.json"), files(root).stream().filter(path -> !path.startsWith(".cache/")).toList());
    assertFalse(Files.isSymbolicLink(root.resolve("meta/info.json")));
    server.seen.clear();
    find(Optional.of(root), Optional.empty());
    assertEquals(List.of(), server.seen);
  }

  @Test
  void aDirectoryThatWasLeftHalfFilledIsCompleted() {
    dataset.tags.put("v3.0", dataset.branches.get("main"));
    server.failNext(100, uri -> uri.contains("Signature"), 503);
    Path root = directory.resolve("here");
    refusal(() -> find(Optional.of(root), Optional.empty()));
    assertFalse(Files.exists(root.resolve("meta/info.json")), "which would say that it is whole");

    server.faults.clear();
    find(Optional.of(root), Optional.empty());
    assertTrue(Files.exists(root.resolve("meta/info.json")));
    assertTrue(Files.exists(root.resolve("data/chunk-000/file-000.parquet")));
  }

  @Test
  void offlineTheCacheIsUsed() {
    dataset.tags.put("v3.0", dataset.branches.get("main"));
    Path found = find();
    assertEquals(found, find(Optional.empty(), Optional.empty(), "HF_HUB_OFFLINE", "1"));
  }

  @Test
  void offlineWithoutACacheTheDataSetIsNamed() {
    String message = refusal(() -> find(Optional.empty(), Optional.empty(), "HF_HUB_OFFLINE", "1"));
    assertTrue(message.contains("data set user/data") && message.contains("HF_HUB_OFFLINE"), message);
  }

  @Test
  void aCheckpointIsItsJsonAndSafetensorsFiles() throws IOException {
    Path found = new LeRobotDownloads(hub()).checkpoint("user/name", Optional.empty());
    assertEquals(List.of("config.json", "model.safetensors"), files(found));
    server.seen.clear();
    assertEquals(found, new LeRobotDownloads(hub()).checkpoint("user/name", Optional.empty()));
    assertEquals(List.of(), server.seen);
  }

  @Test
  void freshTheHubIsAskedAndARecordingHereIsNotLookedAt() throws IOException {
    dataset.tags.put("v3.0", dataset.branches.get("main"));
    Path old = find();
    dataset.tags.put("v3.0", dataset.put("main", Map.of("meta/info.json", "{\"newer\": 1}".getBytes())));
    Path local = home().resolve("lerobot/user/data/meta");
    Files.createDirectories(local);
    Files.writeString(local.resolve("info.json"), "{}");

    Path fresh = new LeRobotDownloads(hub()).fresh().dataset("user/data", Optional.empty(), Optional.empty());
    assertEquals(dataset.tags.get("v3.0"), fresh.getFileName().toString());
    assertFalse(fresh.equals(old));
  }
}
