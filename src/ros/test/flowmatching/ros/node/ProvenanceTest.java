package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.control.Counters;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.StringMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {
  /** SHA-256 of "abc", the first example of FIPS 180-4. */
  private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private final InProcessGraph graph = new InProcessGraph();
  private final RobotGraph node = graph.join(GraphNames.of("/left", "policy"));
  private final NodeLog log = new NodeLog(node, new Counters());

  @TempDir
  private Path folder;

  @AfterEach
  void close() {
    graph.close();
  }

  private Provenance provenance(String robotFile) {
    return new Provenance(node, "bench", robotFile, log, Thread::new);
  }

  private static LoadedPolicy policy(Path... files) {
    return new LoadedPolicy(new RampPolicy(0), "some runtime", List.of(files), parameters -> {});
  }

  private JsonNode latched() throws Exception {
    AtomicReference<String> text = new AtomicReference<>();
    graph.join(GraphNames.of("/", "late" + System.nanoTime()))
        .subscribe("/left/policy/provenance", StringMessage.TYPE, QualityOfService.LATCHED, message -> text.set(message.data()));
    Await.until("the provenance came", () -> text.get() != null);
    return new ObjectMapper().readTree(text.get());
  }

  @Test
  void itNamesVersionRuntimeAndEveryFileWithItsHash() throws Exception {
    Path weights = Files.writeString(folder.resolve("model.safetensors"), "abc");
    Path config = Files.writeString(folder.resolve("config.json"), "{}");
    Path robot = Files.writeString(folder.resolve("robot.yaml"), "abc");
    try (Provenance provenance = provenance(robot.toString())) {
      assertNull(provenance.weights());
      provenance.describe(policy(weights, config), "outputs/a");
      JsonNode report = latched();
      assertEquals("/left/policy", report.path("node").asText());
      assertEquals("development", report.path("version").asText());
      assertEquals("some runtime", report.path("runtime").asText());
      assertEquals("outputs/a", report.path("policy").path("path").asText());
      JsonNode files = report.path("policy").path("files");
      assertEquals(ABC, files.path("model.safetensors").path("sha256").asText());
      assertEquals(3, files.path("model.safetensors").path("bytes").asInt());
      assertEquals(64, files.path("config.json").path("sha256").asText().length());
      assertEquals("bench", report.path("robot").path("name").asText());
      assertEquals(ABC, report.path("robot").path("sha256").asText());
      Await.value(ABC, provenance::weights);
    }
  }

  @Test
  void aFileThatCannotBeReadIsNamedWithTheReason() throws Exception {
    try (Provenance provenance = provenance("no file of the robot")) {
      provenance.describe(policy(folder.resolve("gone")), "outputs/a");
      JsonNode report = latched();
      assertTrue(report.path("policy").path("files").path("gone").path("error").asText().contains("NoSuchFile"));
      assertTrue(report.path("robot").path("sha256").isMissingNode());
    }
  }

  @Test
  void theNewestPolicyIsTheOneThatIsLatched() throws Exception {
    try (Provenance provenance = provenance("")) {
      provenance.describe(policy(), "outputs/a");
      provenance.describe(policy(Files.writeString(folder.resolve("b"), "abc")), "outputs/b");
      Await.value(ABC, provenance::weights);
      Await.until("b is latched", () -> {
        try {
          return latched().path("policy").path("path").asText().equals("outputs/b");
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
    }
  }
}
