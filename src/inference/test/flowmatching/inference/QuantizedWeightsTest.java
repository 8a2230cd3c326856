package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.QuantizedWeights;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizedWeightsTest {
  private static final String MATRIX = "model.cond_network.2.weight";

  @TempDir Path directory;
  private Path cache;
  private Path policy;

  /** A policy that is large enough to have large matrices. */
  @BeforeEach
  void createPolicy() throws IOException {
    cache = directory.resolve("cache");
    policy = directory.resolve("policy");
    create(policy, 1);
  }

  private static void create(Path policy, long seed) throws IOException {
    ObjectNode json = JsonFile.read(TestData.path("golden_models/f_patch_tokens/config.json"));
    json.put("hidden_dim", 192).put("num_heads", 4).put("dim_feedforward", 384).put("dropout", 0.0);
    Checkpoint.create(policy, FlowMatchingConfig.parse("config.json", json), seed);
  }

  @Test
  void everyLargeMatrixIsWithinHalfAStepAndAllElseAsItWas() {
    try (Checkpoint checkpoint = Checkpoint.open(policy); SafetensorsFile small = QuantizedWeights.open(checkpoint.weights(), cache)) {
      int matrices = 0;
      for (String name : checkpoint.weights().names()) {
        SafetensorsFile.Entry entry = checkpoint.weights().entry(name);
        float[] before = checkpoint.weights().floats(name);
        float[] after = small.floats(name);
        if (small.entry(name).dtype() != DType.I8) {
          assertArrayEquals(before, after, name);
          continue;
        }
        matrices++;
        int rows = (int) entry.shape()[0];
        int columns = (int) entry.shape()[1];
        float[] scales = small.floats(name + ".scale");
        for (int i = 0; i < before.length; i++) {
          int row = i / columns;
          assertEquals(before[i], after[i % columns * rows + row] * scales[row], scales[row] * 0.5001, name);
        }
      }
      assertTrue(matrices > 10, "large matrices: " + matrices);
      assertEquals(DType.F32, small.entry("model.action_out_proj.weight").dtype());
    }
  }

  @Test
  void chunksDifferLittleFromThoseOfFloats() {
    try (Checkpoint checkpoint = Checkpoint.open(policy);
        PolicySession exact = Runtimes.open("onnxruntime", checkpoint, new RuntimeOptions(1, false));
        PolicySession fast = Runtimes.open("onnxruntime-int8", checkpoint, new RuntimeOptions(1, false))) {
      float[] wanted = chunk(checkpoint.config(), exact);
      float[] found = chunk(checkpoint.config(), fast);
      double error = 0;
      double size = 0;
      for (int i = 0; i < wanted.length; i++) {
        error += Math.pow(found[i] - wanted[i], 2);
        size += wanted[i] * wanted[i];
      }
      double relative = Math.sqrt(error / size);
      assertTrue(relative > 1e-6, "nothing was computed in 8 bits");
      assertTrue(relative < 2e-2, "relative error " + relative);
      assertTrue(fast.description().contains("int8"), fast.description());
    }
  }

  private static float[] chunk(FlowMatchingConfig config, PolicySession session) {
    Random random = new Random(3);
    for (int i = 0; i < session.images().capacity(); i++) {
      session.images().put(i, random.nextFloat());
    }
    for (int i = 0; i < session.state().capacity(); i++) {
      session.state().put(i, (float) random.nextGaussian());
    }
    boolean[] present = new boolean[config.cameras().size()];
    Arrays.fill(present, true);
    session.encodeImages(present);
    session.encodeState();
    float[] x = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    session.integrate(Solver.EULER.plan(10), null, x);
    return x;
  }

  @Test
  void aCopyIsUsedAgainAndOtherWeightsGetTheirOwn() throws IOException {
    Path first = made(policy);
    Files.setLastModifiedTime(first, FileTime.fromMillis(1_000_000));
    Object before = Files.getAttribute(first, "unix:ino");
    assertEquals(first, made(policy));
    assertEquals(before, Files.getAttribute(first, "unix:ino"), "written again");
    assertTrue(Files.getLastModifiedTime(first).toMillis() > 1_000_000, "not marked as used");
    create(directory.resolve("other"), 2);
    assertNotEquals(first, made(directory.resolve("other")));
  }

  @Test
  void aBrokenCopyIsReplacedAndOldOnesAreDeleted() throws IOException {
    Path copy = made(policy);
    Files.writeString(copy, "broken");
    assertEquals(copy, made(policy));
    assertTrue(Files.size(copy) > 10_000);
    for (int i = 0; i < 6; i++) {
      Path old = Files.writeString(cache.resolve("int8-" + i + ".safetensors"), "old");
      Files.setLastModifiedTime(old, FileTime.fromMillis(1000L * i));
    }
    create(directory.resolve("other"), 2);
    made(directory.resolve("other"));
    try (Stream<Path> files = Files.list(cache)) {
      assertEquals(4, files.count(), "the newest, and three that were used last");
    }
    assertTrue(Files.exists(copy) && Files.exists(cache.resolve("int8-5.safetensors")) && !Files.exists(cache.resolve("int8-0.safetensors")));
  }

  /** As another user's in a directory like /tmp. */
  @Test
  void aNewCopyIsUsedThoughAnOldOneCannotBeDeleted() throws IOException {
    for (int i = 0; i < 4; i++) {
      Files.createDirectories(cache.resolve("int8-" + i + ".safetensors/not-empty"));
    }
    assertTrue(Files.isRegularFile(made(policy)));
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    try (Checkpoint checkpoint = Checkpoint.open(policy)) {
      BadInputException e = assertThrows(BadInputException.class, () -> QuantizedWeights.open(checkpoint.weights(), file.resolve("cache")));
      assertTrue(e.getMessage().startsWith(file.resolve("cache").toString()), e.getMessage());
    }
  }

  private Path made(Path from) {
    try (Checkpoint checkpoint = Checkpoint.open(from); SafetensorsFile small = QuantizedWeights.open(checkpoint.weights(), cache)) {
      return small.path();
    }
  }
}
