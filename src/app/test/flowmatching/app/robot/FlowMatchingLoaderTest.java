package flowmatching.app.robot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.parameter.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowMatchingLoaderTest {
  private static final Path STEP =
      Path.of(System.getProperty("flowmatching.home"), "src/testdata/golden_checkpoint/checkpoints/000003");

  @Test
  void theParametersDefaultsAreThePolicysDefaults() {
    assertEquals(PolicyOptions.defaults(), FlowMatchingLoader.options(Parameters.defaults()));
  }

  @Test
  void everyParameterOfThePolicyReachesIt() {
    PolicyOptions options = FlowMatchingLoader.options(Parameters.with(Map.ofEntries(
        Map.entry("runtime", "onnxruntime"), Map.entry("threads", 3), Map.entry("spinning", true), Map.entry("seed", 7),
        Map.entry("normalization", "none"), Map.entry("solver", "heun"), Map.entry("num_steps", 4), Map.entry("rtc", "exp"),
        Map.entry("max_guidance_weight", 5))));
    assertEquals("onnxruntime", options.runtime());
    assertEquals(3, options.machine().threads());
    assertTrue(options.machine().spinning());
    assertEquals(7, options.seed().getAsLong());
    assertFalse(options.normalize());
    assertEquals(Solver.HEUN, options.solver());
    assertEquals(4, options.numSteps().getAsInt());
    assertEquals(Schedule.EXP, options.rtc());
    assertEquals(5, options.maxGuidanceWeight());
    assertNull(FlowMatchingLoader.options(Parameters.defaults()).rtc());
  }

  @Test
  void aPolicyIsLoadedWithItsFilesTheWeightsFirst() {
    LoadedPolicy loaded = new FlowMatchingLoader().load(Parameters.with(Map.of("policy_path", STEP.toString())));
    try {
      List<String> files = loaded.files().stream().map(file -> file.getFileName().toString()).toList();
      assertEquals("model.safetensors", files.get(0));
      assertTrue(files.containsAll(List.of("config.json", "policy_preprocessor.json",
          "policy_preprocessor_step_3_normalizer_processor.safetensors")), files.toString());
      assertTrue(loaded.runtime().startsWith("ONNX Runtime"), loaded.runtime());
    } finally {
      loaded.policy().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no/such/directory", "/", "a\0b"})
  void whatHoldsNoCheckpointIsRefusedBeforeItIsLoaded(String path) {
    Parameters proposed = Parameters.with(Map.of("policy_path", path));
    BadInputException e = assertThrows(BadInputException.class, () -> new FlowMatchingLoader().check(proposed));
    assertTrue(e.getMessage().startsWith("parameter policy_path: expected a directory with model.safetensors, found '"), e.getMessage());
  }
}
