package flowmatching.app.robot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.inference.onnxruntime.Int8Provider;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.parameter.Parameters;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        Map.entry("max_guidance_weight", 5), Map.entry("device_memory", 512))));
    assertEquals("onnxruntime", options.runtime());
    assertEquals(3, options.machine().threads());
    assertTrue(options.machine().spinning());
    assertEquals(512, options.machine().deviceMemory());
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

  /** ONNX Runtime under another name, as if it had to build something first. */
  public static final class Building implements RuntimeProvider {
    @Override
    public String name() {
      return "building";
    }

    @Override
    public String description() {
      return "ONNX Runtime, as if it took minutes";
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public Availability probe() {
      return new Availability(true, "there");
    }

    @Override
    public boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
      return false;
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      opened.incrementAndGet();
      return new Int8Provider().open(checkpoint, options);
    }
  }

  /** The best by its rank, which fails when it is opened. */
  public static final class Deceptive implements RuntimeProvider {
    @Override
    public String name() {
      return "deceptive";
    }

    @Override
    public String description() {
      return "looks usable";
    }

    @Override
    public int rank() {
      return 1000;
    }

    @Override
    public Availability probe() {
      return new Availability(true, "there");
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      throw new UnusableRuntimeException("too little memory");
    }
  }

  private static final AtomicInteger opened = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whereTheRuntimeMustBuildFirstAPolicyOnAnotherThatOpensIsThereAtOnceAndItsSuccessorIsTheWantedOne(boolean deceptive, @TempDir Path services)
      throws IOException {
    opened.set(0);
    Path list = Files.createDirectories(services.resolve("META-INF/services")).resolve(RuntimeProvider.class.getName());
    Files.write(list, deceptive ? List.of(Building.class.getName(), Deceptive.class.getName()) : List.of(Building.class.getName()));
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {services.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      LoadedPolicy now = new FlowMatchingLoader().load(Parameters.with(Map.of("policy_path", STEP.toString(), "runtime", "building")));
      assertTrue(now.runtime().contains("float32"), now.runtime());
      assertEquals(0, opened.get());
      now.policy().close();
      LoadedPolicy later = now.successor().get();
      assertTrue(later.runtime().contains("int8"), later.runtime());
      assertEquals(1, opened.get());
      assertNull(later.successor());
      later.policy().close();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
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
