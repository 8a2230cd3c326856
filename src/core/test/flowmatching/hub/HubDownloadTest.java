package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads into the cache: its layout, when requests are made, what is refused. */
class HubDownloadTest extends HubFixture {
  @Test
  void filesAreLinksToBlobsThatTheirHashesName() throws IOException {
    Path snapshot = hub().model("user/name").download("config.json", "model.safetensors");

    String commit = model.branches.get("main");
    assertEquals(cached().resolve("snapshots").resolve(commit), snapshot);
    assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
    assertEquals(Path.of("../../blobs/" + ServedRepository.gitHash(CONFIG)), Files.readSymbolicLink(snapshot.resolve("config.json")));
    assertEquals(Path.of("../../blobs/" + ServedRepository.hex("SHA-256", WEIGHTS)), Files.readSymbolicLink(snapshot.resolve("model.safetensors")));
    assertEquals(commit, Files.readString(cached().resolve("refs/main")));
    assertEquals(List.of("blobs/" + ServedRepository.gitHash(CONFIG), "blobs/" + ServedRepository.hex("SHA-256", WEIGHTS), "refs/main",
        "snapshots/" + commit + "/config.json", "snapshots/" + commit + "/model.safetensors", "trees/" + commit + ".json").stream().sorted().toList(),
        files(cached()), "and nothing else is left");
  }

  @Test
  void aWholeSnapshotHasDirectoriesAndBringsEqualContentsOnce() throws IOException {
    Path snapshot = hub().model("user/name").download(path -> true);

    assertEquals(List.of("config.json", "model.safetensors", "sub/notes.txt"), files(snapshot));
    assertEquals(Path.of("../../../blobs/" + ServedRepository.gitHash(CONFIG)), Files.readSymbolicLink(snapshot.resolve("sub/notes.txt")));
    assertArrayEquals(CONFIG, Files.readAllBytes(snapshot.resolve("sub/notes.txt")));
    assertEquals(2, server.seen("GET", "/resolve/").size(), "one request a content");
  }

  @Test
  void withAFullCacheNoRequestIsMade() {
    Path first = hub().model("user/name").download(path -> true);
    server.seen.clear();

    assertEquals(first, hub().model("user/name").download("model.safetensors"));
    assertEquals(first, hub().model("user/name").download(path -> true));
    assertEquals(first, hub().model("user/name").at(model.branches.get("main")).download("config.json"));
    assertEquals(first, hub("HF_HUB_OFFLINE", "1").model("user/name").download(path -> path.endsWith(".json")));
    assertEquals(List.of(), server.seen);
  }

  @Test
  void whatIsMissingIsBroughtAndTheRestStays() {
    hub().model("user/name").download("config.json");
    server.seen.clear();

    hub().model("user/name").download("config.json", "model.safetensors");
    assertEquals(1, server.seen("GET", "/resolve/").size());
  }

  @Test
  void aTruncatedFileOfTheCacheIsBroughtAgain() throws IOException {
    Path snapshot = hub().model("user/name").download("model.safetensors");
    Files.write(blob(WEIGHTS), new byte[10]);

    hub().model("user/name").download("model.safetensors");
    assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
  }

  @Test
  void aFreshDownloadFollowsTheBranchAndAnotherStaysWithTheCache() throws IOException {
    Path old = hub().model("user/name").download("config.json");
    byte[] changed = "{}".getBytes();
    model.put("main", Map.of("config.json", changed));

    assertEquals(old, hub().model("user/name").download("config.json"));
    Path fresh = hub().model("user/name").fresh().download("config.json");
    assertArrayEquals(changed, Files.readAllBytes(fresh.resolve("config.json")));
    assertArrayEquals(CONFIG, Files.readAllBytes(old.resolve("config.json")), "the older commit stays");
    assertEquals(fresh, hub().model("user/name").download("config.json"));
  }

  @Test
  void theOlderCommitStaysInUseWhereANewerOneCouldNotBeBrought() {
    Path old = hub().model("user/name").download("model.safetensors");
    model.put("main", Map.of("model.safetensors", bytes(1_000)));
    server.failNext(1000, uri -> uri.contains("/resolve/"), 503);

    refusal(() -> hub().model("user/name").fresh().download("model.safetensors"));
    assertEquals(old, hub().model("user/name").download("model.safetensors"));
  }

  @Test
  void branchesTagsAndCommitsAreRevisions() throws IOException {
    String first = model.branches.get("main");
    model.tags.put("v1.0", first);
    model.put("feature/x", Map.of("config.json", "{}".getBytes()));

    assertEquals(first, hub().model("user/name").at("v1.0").download("config.json").getFileName().toString());
    assertEquals(model.branches.get("feature/x"), hub().model("user/name").at("feature/x").download("config.json").getFileName().toString());
    assertEquals(model.branches.get("feature/x"), Files.readString(cached().resolve("refs/feature/x")));
    server.seen.clear();
    hub().model("user/name").at("feature/x").download("config.json");
    assertEquals(List.of(), server.seen);
  }

  @Test
  void aFileThatTheRepositoryHasNotIsNamedWithThoseThatItHas() throws IOException {
    String message = refusal(() -> hub().model("user/name").download("config.yaml"));
    assertTrue(message.contains("model user/name at main: expected a file config.yaml, found config.json, model.safetensors, sub/notes.txt"), message);
    assertTrue(Files.exists(cached().resolve(".no_exist").resolve(model.branches.get("main")).resolve("config.yaml")));
  }

  @Test
  void offlineAnIncompleteCacheIsRefusedWithoutARequest() {
    hub().model("user/name").download("config.json");
    server.seen.clear();

    String message = refusal(() -> hub("HF_HUB_OFFLINE", "1").model("user/name").download("model.safetensors"));
    assertTrue(message.contains("model.safetensors") && message.contains("HF_HUB_OFFLINE"), message);
    assertEquals(List.of(), server.seen);
  }

  @Test
  void manyFilesComeInPages() throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    for (int i = 0; i < 25; i++) {
      files.put("data/" + i + ".txt", ("file " + i).getBytes());
    }
    server.add("dataset user/many").put("main", files);
    server.pageSize = 7;

    Path snapshot = hub().dataset("user/many").download(path -> true);
    assertEquals(25, files(snapshot).size());
    assertEquals("file 13", Files.readString(snapshot.resolve("data/13.txt")));
    assertEquals(home().resolve("lerobot/hub/datasets--user--many"), snapshot.getParent().getParent());
  }

  @Test
  void aPageThatRepeatsForEverEnds() {
    server.faults.add(exchange -> {
      if (!exchange.getRequestURI().getPath().contains("/tree/")) {
        return false;
      }
      exchange.getResponseHeaders().set("Link", "<" + server.endpoint() + exchange.getRequestURI() + ">; rel=\"next\"");
      HubServer.json(exchange, 200, new ObjectMapper().valueToTree(model.tree(model.branches.get("main"))));
      return true;
    });
    hub().model("user/name").download("config.json");
    assertEquals(2, server.seen("GET", "/tree/").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "./a", "a/.", "C:/windows", "a\\..\\b", "a\nb", ""})
  void namesThatCouldLeaveTheDirectoryAreRefused(String path) throws IOException {
    model.moreTree.add(new ObjectMapper().createObjectNode().put("type", "file").put("oid", ServedRepository.gitHash(CONFIG)).put("size", CONFIG.length).put("path", path));

    String message = refusal(() -> hub().model("user/name").download(name -> true));
    assertTrue(message.contains("expected the path of a file inside a repository"), message);
    assertEquals(List.of(), files(directory));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../x", "main/../../x", "a//b", "", "/abs"})
  void revisionsThatCouldLeaveTheDirectoryAreRefused(String revision) {
    String message = refusal(() -> hub().model("user/name").at(revision));
    assertTrue(message.contains("expected a branch, tag or commit"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "user/../x", "a/b/c", "user/na--me", "user/name.git", "-user/name", "user/", "", "us er/name"})
  void namesThatTheHubAllowsNotAreRefusedBeforeTheyBecomePaths(String id) {
    assertTrue(refusal(() -> hub().model(id)).contains("found '" + id + "'"));
    assertFalse(Hub.isName(id));
    assertEquals(List.of(), server.seen);
  }

  @Test
  void aCommitThatIsNoneIsRefused() {
    model.branches.put("main", "../../evil");
    assertTrue(refusal(() -> hub().model("user/name").download("config.json")).contains("expected a commit"));
  }

  @Test
  void contentThatTheListingDoesNotNameIsRefusedAndDeleted() throws IOException {
    byte[] other = WEIGHTS.clone();
    other[1234]++;
    model.commits.put(model.branches.get("main"), Map.of("config.json", CONFIG, "model.safetensors", WEIGHTS));
    server.faults.add(exchange -> {
      if (exchange.getRequestURI().getPath().contains("/resolve/")) {
        HubServer.send(exchange, other);
        return true;
      }
      return false;
    });

    String message = refusal(() -> hub().model("user/name").download("model.safetensors"));
    assertTrue(message.contains("file model.safetensors") && message.contains(ServedRepository.hex("SHA-256", WEIGHTS))
        && message.contains(ServedRepository.hex("SHA-256", other)), message);
    assertEquals(List.of("trees/" + model.branches.get("main") + ".json"), files(cached()));
  }

  @Test
  void anEndlessBodyIsCutOff() throws IOException {
    server.faults.add(exchange -> {
      if (!exchange.getRequestURI().getPath().contains("/resolve/")) {
        return false;
      }
      exchange.sendResponseHeaders(200, 0);
      byte[] block = new byte[1 << 16];
      while (true) {
        exchange.getResponseBody().write(block); // until the client closes
      }
    });
    assertTrue(refusal(() -> hub().model("user/name").download("config.json")).contains("expected " + CONFIG.length + " bytes, found more"));
  }

  @Test
  void anAnswerThatIsNoHubsIsExplained() {
    server.faults.add(exchange -> {
      byte[] page = "<html>log in to this network</html>".getBytes();
      HubServer.body(exchange, 200, page);
      return true;
    });
    assertTrue(refusal(() -> hub().model("user/name").download("config.json")).contains("is HF_ENDPOINT a hub"));
  }

  @Test
  void theListenerHearsEveryByteOnce() {
    AtomicLong announced = new AtomicLong();
    AtomicLong moved = new AtomicLong();
    server.failNext(1, uri -> uri.contains("Signature"), 503);
    Hub hub = new Hub(new HubSettings(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home().toString())), new TransferListener() {
      @Override
      public void begin(String what, long bytes) {
        assertEquals("model user/name", what);
        announced.addAndGet(bytes);
      }

      @Override
      public void moved(long bytes) {
        moved.addAndGet(bytes);
      }

      @Override
      public void end() {}
    }, wait -> {});
    hub.model("user/name").download("config.json", "model.safetensors");
    assertEquals(CONFIG.length + WEIGHTS.length, announced.get());
    assertEquals(announced.get(), moved.get());
  }

  @Test
  void filesOfSizeZeroNeedNoRequestForTheirContent() throws IOException {
    model.put("main", Map.of("empty.txt", new byte[0]));
    Path snapshot = hub().model("user/name").download("empty.txt");
    assertEquals(0, Files.size(snapshot.resolve("empty.txt")));
    assertEquals(List.of(), server.seen("GET", "/resolve/"));
  }

  @Test
  void pathsAreEncodedInAddresses() throws IOException {
    String path = "a dir/ü #?%41&+.txt";
    model.put("main", Map.of(path, CONFIG));
    Path snapshot = hub().model("user/name").download(path);
    assertTrue(Arrays.equals(CONFIG, Files.readAllBytes(snapshot.resolve(path))));
  }
}
