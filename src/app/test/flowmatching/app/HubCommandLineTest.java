package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.hub.HubServer;
import flowmatching.hub.ServedRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that name checkpoints and data sets of a hub, each in a process with an environment of its own. */
class HubCommandLineTest {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");

  @TempDir Path home;
  private HubServer server;

  @BeforeEach
  void serve() throws IOException {
    server = new HubServer();
    server.add("model user/policy").put("main", read(CHECKPOINT));
    ServedRepository dataset = server.add("dataset user/data");
    dataset.tag("v3.0", dataset.put("main", read(DATASET)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Map<String, byte[]> read(Path directory) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(directory.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    return runAs(HubServer.TOKEN, arguments);
  }

  private Outcome runAs(String token, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-cp", System.getProperty("java.class.path"), "-Dflowmatching.home=" + TestData.home(), "flowmatching.app.Main"));
    command.addAll(List.of(arguments));
    Path err = home.resolve("err.txt");
    ProcessBuilder process = new ProcessBuilder(command).redirectError(err.toFile());
    process.environment().putAll(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home.toString(), "HF_TOKEN", token));
    Process running = process.start();
    String out = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(running.waitFor(), out, Files.readString(err));
  }

  private JsonNode actions(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("predict", "--episode=1", "--frame=3", "--seed=7"));
    all.addAll(List.of(arguments));
    Outcome outcome = run(all.toArray(new String[0]));
    assertEquals(0, outcome.code(), outcome.err());
    return new ObjectMapper().readTree(outcome.out()).get("actions");
  }

  @Test
  void aPolicyAndADataSetOfTheHubGiveWhatTheirDirectoriesGive() throws Exception {
    JsonNode expected = actions("--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET);
    assertEquals(List.of(), server.requests());
    assertEquals(expected, actions("--policy.path=user/policy", "--dataset.repo_id=user/data"));

    int before = server.requests().size();
    assertEquals(expected, actions("--policy.path=user/policy", "--dataset.repo_id=user/data"));
    assertEquals(before, server.requests().size(), "all is in the cache");
  }

  @Test
  void theReplayedRobotRunsAPolicyOfTheHub() throws Exception {
    Outcome outcome = run("run", "--robot=replay", "--policy.path=user/policy", "--dataset.repo_id=user/data", "--dataset.root=" + home.resolve("here"), "--episode=3");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains(" frames replayed"), outcome.out());
    assertTrue(Files.isRegularFile(home.resolve("here/meta/info.json")));
  }

  @Test
  void checkRobotComparesWithAPolicyAndADataSetOfTheHub() throws Exception {
    // Refused after both were read, so that no robot is needed.
    Outcome outcome = run("check-robot", "--robot=metaworld", "--policy.path=user/policy", "--dataset.repo_id=user/data", "--transport=embedded");
    assertTrue(outcome.err().contains("check-robot brings nothing"), outcome.err());
    assertTrue(server.requests().stream().anyMatch(request -> request.contains("user/policy")), server.requests().toString());
    assertTrue(server.requests().stream().anyMatch(request -> request.contains("user/data")), server.requests().toString());
  }

  @Test
  void aNameThatIsNeitherHereNorOnTheHubIsOneSentence() throws Exception {
    Outcome outcome = run("predict", "--policy.path=user/none", "--dataset.root=" + DATASET);
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().startsWith("error: --policy.path: there is no directory 'user/none', which is " + Path.of("user/none").toAbsolutePath()
        + ", and on the hub: model user/none at main: not found, or private"), outcome.err());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
  }

  @Test
  void withoutADataSetBothFlagsAreNamed() throws Exception {
    Outcome outcome = CommandLines.run("predict", "--policy.path=" + CHECKPOINT);
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("--dataset.root or --dataset.repo_id: expected a data set"), outcome.err());
  }

  @Test
  void downloadBringsWhatIsNewer() throws Exception {
    Outcome first = run("hub", "download", "user/policy");
    assertEquals(0, first.code(), first.err());
    assertTrue(Files.isRegularFile(Path.of(first.out().strip()).resolve("model.safetensors")));
    Map<String, byte[]> newer = read(CHECKPOINT);
    newer.put("note.json", "{}".getBytes());
    server.add("model user/policy").put("main", newer);
    assertTrue(Files.isRegularFile(Path.of(run("hub", "download", "user/policy").out().strip()).resolve("note.json")));

    Outcome dataset = run("hub", "download", "user/data", "--repo_type=dataset");
    assertTrue(Files.isRegularFile(Path.of(dataset.out().strip()).resolve("meta/info.json")), dataset.err());
  }

  @Test
  void aPolicyIsTrainedOnADataSetOfTheHubAndUploaded() throws Exception {
    Outcome outcome = run(train("--dataset.repo_id=user/data", "--policy.repo_id=user/trained", "--output_dir=" + home.resolve("run")));
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("uploaded: " + server.endpoint() + "/user/trained/commit/"), outcome.err());
    assertEquals(actions("--policy.path=" + home.resolve("run"), "--dataset.root=" + DATASET), actions("--policy.path=user/trained", "--dataset.root=" + DATASET));
  }

  @Test
  void whereTheHubRefusesATrainedPolicyTheCommandThatUploadsItIsSaid() throws Exception {
    Outcome outcome = runAs("wrong", train("--dataset.root=" + DATASET, "--policy.repo_id=user/trained", "--output_dir=" + home.resolve("my run")));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("; try again with: ./flowmatching hub upload '" + home.resolve("my run/checkpoints/000001/pretrained_model")
        + "' user/trained"), outcome.err());
  }

  private static String[] train(String... flags) {
    List<String> all = new ArrayList<>(TrainCommandTest.SMALL);
    all.removeIf(flag -> flag.startsWith("--dataset.root="));
    all.add("--steps=1");
    all.addAll(List.of(flags));
    return all.toArray(String[]::new);
  }

  @Test
  void whatIsUploadedComesBack() throws Exception {
    Outcome policy = run("hub", "upload", CHECKPOINT.toString(), "user/mine", "--private");
    assertEquals(0, policy.code(), policy.err());
    assertTrue(policy.out().startsWith(server.endpoint() + "/user/mine/commit/"), policy.out());
    Outcome dataset = run("hub", "upload", DATASET.toString(), "user/mydata");
    assertEquals(0, dataset.code(), dataset.err());
    assertEquals(actions("--policy.path=user/policy", "--dataset.root=" + DATASET), actions("--policy.path=user/mine", "--dataset.repo_id=user/mydata"));
  }
}
