package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** ONNX Runtime closes its environment as soon as a process is told to end, by Ctrl-C for one; what used it then crashed. */
@Timeout(60)
class ProcessExitTest {
  private static final int STATUS = 7;
  private static final String DONE = "loaded and predicted";

  /** Has loaded a policy, is told to end, and only then comes to its work. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      FlowMatchingPolicy before = load();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(before)));
      System.exit(STATUS);
    }

    private static FlowMatchingPolicy load() {
      return FlowMatchingPolicy.fromPretrained(
          TestData.path("golden_models/e_state_only"), PolicyOptions.defaults().withoutNormalization().withRuntime("onnxruntime"));
    }

    private static void finish(FlowMatchingPolicy before) {
      try {
        Thread.sleep(500); // what others do at the end is done
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      try (before; FlowMatchingPolicy after = load()) {
        Observation observation = new Observation(Map.of(), new float[after.spec().stateSize()]);
        before.predictActionChunk(observation);
        after.predictActionChunk(observation);
        System.out.println(DONE);
      }
    }
  }

  @Test
  void whatHasBegunIsFinishedWhenTheProcessEnds() throws Exception {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-XX:ErrorFile=/dev/null",
        "-cp", System.getProperty("java.class.path"), Program.class.getName()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(STATUS, process.waitFor(), output);
    assertTrue(output.contains(DONE), output);
  }
}
