package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HubUploadTest extends HubFixture {
  private static final Optional<Boolean> OWNERS_CHOICE = Optional.empty();
  private Path checkpoint;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    checkpoint = Files.createDirectories(directory.resolve("checkpoint"));
    Files.write(checkpoint.resolve("config.json"), CONFIG);
    Files.write(checkpoint.resolve("model.safetensors"), WEIGHTS);
  }

  private HubRepository target(String id) {
    return hub("HF_TOKEN", HubServer.TOKEN).model(id);
  }

  private HubUpload upload() {
    return new HubUpload("Upload policy").directory(checkpoint, path -> true);
  }

  private Map<String, byte[]> served(String name) {
    ServedRepository repository = server.repositories.get(name);
    return repository.commits.get(repository.branches.get("main"));
  }

  @Test
  void aRepositoryIsMadeAndGetsAllFilesInOneCommit() {
    String address = target("user/new").upload(upload().text("README.md", "# new\n"), OWNERS_CHOICE);

    Map<String, byte[]> files = served("model user/new");
    assertEquals(3, files.size());
    assertArrayEquals(CONFIG, files.get("config.json"));
    assertArrayEquals(WEIGHTS, files.get("model.safetensors"));
    assertArrayEquals("# new\n".getBytes(), files.get("README.md"));
    ServedRepository made = server.repositories.get("model user/new");
    assertEquals(List.of("Upload policy"), made.messages);
    assertEquals(server.endpoint() + "/user/new/commit/" + made.branches.get("main"), address);
    assertFalse(made.isPrivate);
  }

  @Test
  void aNewRepositoryIsPrivateWhereThatIsAskedFor() {
    target("user/new").upload(upload(), Optional.of(false));
    assertTrue(server.repositories.get("model user/new").isPrivate);
  }

  @Test
  void largeFilesGoInPartsWhereTheHubAsksForThem() {
    server.partSize = 700_000;
    target("user/new").upload(upload(), OWNERS_CHOICE);
    assertArrayEquals(WEIGHTS, served("model user/new").get("model.safetensors"));
    assertEquals(5, server.seen("PUT", "Signature").size());
  }

  @Test
  void theStoreGetsNoToken() {
    server.partSize = 700_000;
    target("user/new").upload(upload(), OWNERS_CHOICE);
    for (HubServer.Seen request : server.seen) {
      if (!request.atHub() || request.uri().startsWith("/complete/")) {
        assertNull(request.authorization(), request.toString());
      } else {
        assertEquals("Bearer " + HubServer.TOKEN, request.authorization(), request.toString());
      }
    }
  }

  @Test
  void whatTheBranchHasIsNotSentAgain() throws IOException {
    target("user/name").upload(upload(), OWNERS_CHOICE);
    assertEquals(List.of(), model.messages, "nothing has changed");

    Files.writeString(checkpoint.resolve("config.json"), "{}");
    target("user/name").upload(upload(), OWNERS_CHOICE);
    assertEquals(List.of("Upload policy"), model.messages);
    assertEquals(List.of(), server.seen("PUT", ""));
    assertArrayEquals("{}".getBytes(), served("model user/name").get("config.json"));
    assertArrayEquals(CONFIG, served("model user/name").get("sub/notes.txt"), "other files stay");
  }

  @Test
  void whatTheStoreHasIsNotSentAgain() {
    server.store.put(ServedRepository.hex("SHA-256", WEIGHTS), WEIGHTS);
    target("user/new").upload(upload(), OWNERS_CHOICE);
    assertEquals(List.of(), server.seen("PUT", ""));
    assertArrayEquals(WEIGHTS, served("model user/new").get("model.safetensors"));
  }

  @Test
  void aPartThatFailsIsSentAgainWhole() {
    server.partSize = 700_000;
    server.failNext(2, uri -> uri.contains("/3?Signature"), 500);
    target("user/new").upload(upload(), OWNERS_CHOICE);
    assertArrayEquals(WEIGHTS, served("model user/new").get("model.safetensors"));
    assertEquals(List.of(1L, 2L), waits);
  }

  @Test
  void whereALargeFileCannotBeStoredNoCommitIsMade() {
    server.failNext(100, uri -> uri.contains("Signature"), 500);
    String message = refusal(() -> target("user/new").upload(upload(), OWNERS_CHOICE));
    assertTrue(message.contains("model user/new, upload of " + ServedRepository.hex("SHA-256", WEIGHTS).substring(0, 7)), message);
    assertEquals(List.of(), server.repositories.get("model user/new").messages);
  }

  @Test
  void aCommitIsSentOnceEvenWhereTheAnswerIsLost() {
    server.failNext(1, uri -> uri.contains("/commit/"), 504);
    String message = refusal(() -> target("user/new").upload(upload(), OWNERS_CHOICE));
    assertTrue(message.contains("see whether it was made at " + server.endpoint() + "/user/new/commits/main"), message);
    assertEquals(1, server.seen("POST", "/commit/").size());
  }

  @Test
  void withoutATokenNothingIsAsked() {
    String message = refusal(() -> hub().model("user/new").upload(upload(), OWNERS_CHOICE));
    assertTrue(message.contains("set HF_TOKEN to a token from " + server.endpoint() + "/settings/tokens"), message);
    assertEquals(List.of(), server.seen);
  }

  @Test
  void aTokenThatMayNotMakeRepositoriesMayWriteToOneThatIsThere() {
    server.failNext(100, uri -> uri.contains("/repos/create"), 403);
    target("user/name").upload(upload().text("README.md", "x"), OWNERS_CHOICE);
    assertEquals(List.of("Upload policy"), model.messages);

    String message = refusal(() -> target("other/new").upload(upload(), OWNERS_CHOICE));
    assertTrue(message.contains("the token from HF_TOKEN lacks the right to write to it"), message);
  }

  @Test
  void aFileOfTheSizeZeroGoesIntoTheCommit() throws IOException {
    Files.write(checkpoint.resolve("empty.safetensors"), new byte[0]);
    target("user/new").upload(upload(), OWNERS_CHOICE);
    assertEquals(0, served("model user/new").get("empty.safetensors").length);
  }

  @Test
  void filesThatTheRepositoryIgnoresAreLeftOut() throws IOException {
    Files.writeString(checkpoint.resolve("notes.ignored"), "x");
    target("user/new").upload(upload(), OWNERS_CHOICE);
    assertEquals(2, served("model user/new").size());
  }

  @Test
  void aDirectoryIsTakenWithItsLinksAndWithoutHiddenDirectories() throws IOException {
    Path below = Files.createDirectories(checkpoint.resolve("training_state"));
    Files.createSymbolicLink(below.resolve("link.json"), Path.of("../config.json"));
    Files.createDirectories(checkpoint.resolve(".git"));
    Files.writeString(checkpoint.resolve(".git/HEAD"), "x");
    Files.writeString(checkpoint.resolve(".gitattributes"), "x");
    HubUpload all = new HubUpload("m").directory(checkpoint, path -> true);
    assertEquals(List.of(".gitattributes", "config.json", "model.safetensors", "training_state/link.json"), List.copyOf(all.files().keySet()));
    HubUpload some = new HubUpload("m").directory(checkpoint, path -> path.startsWith("training_state/"));
    assertEquals(List.of("training_state/link.json"), List.copyOf(some.files().keySet()));
  }

  @Test
  void aLinkToNothingIsRefusedAndNotLeftOut() throws IOException {
    Files.createSymbolicLink(checkpoint.resolve("model-2.safetensors"), Path.of("../blobs/gone"));
    assertTrue(refusal(() -> new HubUpload("m").directory(checkpoint, path -> true)).contains("model-2.safetensors: expected a file to upload"));
    assertEquals(2, new HubUpload("m").directory(checkpoint, path -> !path.contains("-2")).files().size());
  }

  @Test
  void whatAKilledProcessWasWritingIsLeftOut() throws IOException {
    Files.writeString(checkpoint.resolve(".model.safetensors.4711-1.part"), "half");
    HubUpload all = new HubUpload("m").directory(checkpoint, path -> true);
    assertEquals(List.of("config.json", "model.safetensors"), List.copyOf(all.files().keySet()));
  }

  @Test
  void aFileThatIsNotThereAndAPathThatIsNoneAreRefused() {
    assertTrue(refusal(() -> new HubUpload("m").file("a", checkpoint.resolve("no"))).contains("expected a file to upload"));
    assertTrue(refusal(() -> new HubUpload("m").file("../a", checkpoint.resolve("config.json"))).contains("expected the path of a file"));
    assertTrue(refusal(() -> new HubUpload("m").directory(checkpoint.resolve("no"), path -> true)).contains("expected a directory"));
  }

  @Test
  void aTagMovesToTheNewestCommit() {
    ServedRepository dataset = server.add("dataset user/data");
    HubRepository target = hub("HF_TOKEN", HubServer.TOKEN).dataset("user/data");
    target.tag("v3.0");
    assertEquals(dataset.branches.get("main"), dataset.tags.get("v3.0"));

    target.upload(new HubUpload("more").text("meta/info.json", "{}"), OWNERS_CHOICE);
    target.tag("v3.0");
    assertEquals(dataset.branches.get("main"), dataset.tags.get("v3.0"));
    assertEquals(2, dataset.commits.size());
  }

  @Test
  void aTagWhoseAnswerIsLostIsThere() {
    ServedRepository dataset = server.add("dataset user/data");
    boolean[] lost = {false};
    server.faults.add(exchange -> {
      if (lost[0] || !exchange.getRequestMethod().equals("POST") || !exchange.getRequestURI().toString().contains("/tag/")) {
        return false;
      }
      lost[0] = true;
      dataset.tags.put("v3.0", dataset.branches.get("main"));
      exchange.sendResponseHeaders(504, -1);
      return true;
    });
    hub("HF_TOKEN", HubServer.TOKEN).dataset("user/data").tag("v3.0");
    assertEquals(dataset.branches.get("main"), dataset.tags.get("v3.0"));
  }

  @Test
  void theListenerHearsLargeFilesOnceAlsoWhereOneIsSentAgain() {
    AtomicLong announced = new AtomicLong();
    AtomicLong moved = new AtomicLong();
    server.failNext(1, uri -> uri.contains("Signature"), 500);
    TransferListener listener = new TransferListener() {
      @Override
      public void begin(String what, long bytes) {
        announced.addAndGet(bytes);
      }

      @Override
      public void moved(long bytes) {
        moved.addAndGet(bytes);
      }

      @Override
      public void end() {}
    };
    Map<String, String> environment = Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home().toString(), "HF_TOKEN", HubServer.TOKEN);
    new Hub(new HubSettings(environment), listener, wait -> {}).model("user/new").upload(upload(), OWNERS_CHOICE);
    assertEquals(WEIGHTS.length, announced.get());
    assertEquals(WEIGHTS.length, moved.get());
  }

  @Test
  void aPartOfAContentIsReadFromItsPlaceAndAgain() throws IOException {
    Content part = Content.of(checkpoint.resolve("model.safetensors")).slice(1_000, 50, TransferListener.NONE);
    for (int times = 0; times < 2; times++) {
      assertArrayEquals(Arrays.copyOfRange(WEIGHTS, 1_000, 1_050), part.open(0).readAllBytes());
    }
  }
}
