package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.Python;
import flowmatching.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Python client and LeRobot on the same hub and the same cache. */
class HuggingfaceHubPeerTest extends HubFixture {
  @BeforeEach
  void needsThePeer() throws IOException, InterruptedException {
    Python.assumeModule("huggingface_hub");
  }

  /** What the peer prints to its output. */
  private String python(boolean offline, String... arguments) throws IOException, InterruptedException {
    Process process = Python.start(environment -> {
      environment.putAll(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home().toString(), "HF_HUB_DISABLE_XET", "1",
          "HF_HUB_DISABLE_TELEMETRY", "1", "HF_HUB_DISABLE_PROGRESS_BARS", "1", "HF_HUB_VERBOSITY", "error", "HF_TOKEN", HubServer.TOKEN));
      environment.put("HF_HUB_OFFLINE", offline ? "1" : "0");
    }, "src/testdata/tools/hub_peer.py", arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.strip();
  }

  private static String last(String output) {
    return output.substring(output.lastIndexOf('\n') + 1);
  }

  @Test
  void pythonReadsOurCacheOffline() throws Exception {
    Path snapshot = hub().model("user/name").download(path -> true);
    refusal(() -> hub().model("user/name").download("absent.json"));

    assertEquals(snapshot.toString(), python(true, "snapshot", "user/name", "model"));
    assertEquals(snapshot.resolve("config.json") + "\n" + snapshot.resolve("sub/notes.txt"), python(true, "file", "user/name", "model", "config.json", "sub/notes.txt"));
    assertEquals("True", python(true, "absent", "user/name", "absent.json"));
    assertEquals("model user/name 2 " + (CONFIG.length + WEIGHTS.length), python(true, "scan"));
  }

  @Test
  void pythonSeesThatOurCacheIsIncomplete() throws Exception {
    hub().model("user/name").download("config.json");
    Process process = Python.start(environment -> environment.putAll(Map.of("HF_HOME", home().toString(), "HF_HUB_OFFLINE", "1")),
        "src/testdata/tools/hub_peer.py", "snapshot", "user/name", "model");
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertFalse(process.waitFor() == 0);
    assertTrue(output.contains("IncompleteSnapshotError"), output);
  }

  @Test
  void pythonDownloadsNothingThatWeDownloaded() throws Exception {
    Path snapshot = hub().model("user/name").download(path -> true);
    server.seen.clear();
    assertEquals(snapshot.toString(), python(false, "snapshot", "user/name", "model"));
    assertEquals(List.of(), server.seen("GET", "/resolve/"));
    assertEquals("[]", python(false, "verify", "user/name", "model"));
  }

  @Test
  void weReadPythonsSnapshotWithoutARequest() throws Exception {
    String snapshot = python(false, "snapshot", "user/name", "model");
    server.seen.clear();
    assertEquals(snapshot, hub().model("user/name").download(path -> true).toString());
    assertEquals(snapshot, hub("HF_HUB_OFFLINE", "1").model("user/name").download("config.json", "model.safetensors").toString());
    assertEquals(List.of(), server.seen);
  }

  @Test
  void weReadFilesThatPythonBroughtOneByOne() throws Exception {
    Path config = Path.of(python(false, "file", "user/name", "model", "config.json"));
    server.seen.clear();
    assertEquals(config.getParent(), hub().model("user/name").download("config.json"));
    assertEquals(List.of(), server.seen);
    assertEquals(config.getParent(), hub("HF_HUB_OFFLINE", "1").model("user/name").download(path -> true), "offline there is no telling what is missing");
    assertEquals(List.of("config.json", "model.safetensors"), files(hub().model("user/name").download("config.json", "model.safetensors")));
  }

  @Test
  void theHubOfTheseTestsTakesPythonsUploadAndWeDownloadIt() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("folder"));
    Files.write(folder.resolve("config.json"), CONFIG);
    Files.write(folder.resolve("model.safetensors"), WEIGHTS);
    server.partSize = 1_000_000;

    String commit = last(python(false, "upload", folder.toString(), "user/python", "model"));
    assertTrue(server.repositories.get("model user/python").isPrivate);
    Path snapshot = hub("HF_TOKEN", HubServer.TOKEN).model("user/python").download(path -> true);
    assertEquals(commit, snapshot.getFileName().toString());
    assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
  }

  @Test
  void theSameUploadIsTheSameRequestsInBothClients() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("folder"));
    Files.write(folder.resolve("config.json"), CONFIG);
    Files.write(folder.resolve("model.safetensors"), WEIGHTS);
    server.partSize = 1_000_000;

    python(false, "upload", folder.toString(), "user/one", "model");
    List<String> theirs = requests("user/one");
    server.store.clear();
    server.seen.clear();
    hub("HF_TOKEN", HubServer.TOKEN).model("user/two").upload(new HubUpload("m").directory(folder, path -> true), Optional.of(false));
    assertEquals(theirs, requests("user/two").stream().map(request -> request.replace("user/two", "user/one")).toList());
  }

  /** Method, address and whether with a token, of all requests but those that only look. */
  private List<String> requests(String id) {
    return server.seen.stream().filter(request -> !request.method().equals("GET") && !request.uri().contains("validate-yaml"))
        .map(request -> request.method() + " " + request.uri() + " " + (request.authorization() != null)).toList();
  }

  @Test
  void pythonUnderstandsOurCards() throws Exception {
    String card = RepositoryCard.model("user/new", "apache-2.0", List.of("so101", "1.0"), List.of("user/data")).text();
    hub("HF_TOKEN", HubServer.TOKEN).model("user/new").upload(new HubUpload("m").text("README.md", card), Optional.empty());
    assertEquals("{\"datasets\": [\"user/data\"], \"library_name\": \"lerobot\", \"license\": \"apache-2.0\", \"model_name\": \"flowmatching\", "
        + "\"pipeline_tag\": \"robotics\", \"tags\": [\"robotics\", \"lerobot\", \"flowmatching\", \"so101\", \"1.0\"]}", last(python(false, "card", "user/new")));
  }

  private void serveDataset() throws IOException {
    Path source = TestData.path("datasets/reach_v30_image");
    Map<String, byte[]> files = new HashMap<>();
    for (String path : files(source)) {
      files.put(path, Files.readAllBytes(source.resolve(path)));
    }
    ServedRepository dataset = server.add("dataset user/data");
    dataset.tags.put("v3.0", dataset.put("main", files));
  }

  @Test
  void leRobotLoadsTheDataSetThatWeDownloaded() throws Exception {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
    serveDataset();
    Path found = new LeRobotDownloads(hub()).dataset("user/data", Optional.empty(), Optional.empty());
    // LeRobot names the revision by its tag, and asks for the tags where its own directory has no data set.
    String[] frames = last(python(false, "lerobot", "user/data")).split(" ");
    assertEquals(found.toString(), frames[1]);
    assertTrue(Integer.parseInt(frames[0]) > 0);
    assertEquals(List.of(), server.seen.stream().filter(request -> request.uri().contains("/resolve/") && request.uri().contains("README")).toList());
  }

  @Test
  void weLoadTheDataSetThatLeRobotDownloadedWithoutARequest() throws Exception {
    Python.assumeModule("lerobot.datasets.lerobot_dataset");
    serveDataset();
    String root = last(python(false, "lerobot", "user/data")).split(" ")[1];
    server.seen.clear();
    assertEquals(root, new LeRobotDownloads(hub()).dataset("user/data", Optional.empty(), Optional.empty()).toString());
    assertEquals(List.of(), server.seen);
  }
}
