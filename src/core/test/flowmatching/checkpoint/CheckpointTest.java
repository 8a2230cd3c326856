package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final Path MODEL = TestData.path("golden_models/b_small_one_camera");

  @TempDir Path directory;

  /** Copies the golden model, with its weights changed on the way. */
  private Path copy(UnaryOperator<Map<String, float[]>> change) throws IOException {
    Map<String, float[]> values = new java.util.LinkedHashMap<>();
    Map<String, long[]> shapes = new java.util.HashMap<>();
    try (SafetensorsFile weights = SafetensorsFile.open(MODEL.resolve(Checkpoint.WEIGHTS))) {
      for (String name : weights.names()) {
        values.put(name, weights.floats(name));
        shapes.put(name, weights.entry(name).shape());
      }
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    change.apply(values).forEach((name, v) -> {
      long[] shape = shapes.getOrDefault(name, new long[] {v.length});
      long count = 1;
      for (long size : shape) {
        count *= size;
      }
      writer.addFloats(name, count == v.length ? shape : new long[] {v.length}, () -> v);
    });
    writer.write(directory.resolve(Checkpoint.WEIGHTS));
    Files.copy(MODEL.resolve(Checkpoint.CONFIG), directory.resolve(Checkpoint.CONFIG));
    return directory;
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "a_original_constants", "b_small_one_camera", "c_three_cameras_no_padding", "d_step_encoding", "e_state_only", "f_patch_tokens"
  })
  void theReferencesCheckpointsFitTheirConfigurations(String model) {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + model))) {
      assertEquals(new ModelSummary(checkpoint.config()).shapes().keySet(), new java.util.LinkedHashSet<>(checkpoint.weights().names()));
    }
  }

  @Test
  void everyMismatchIsListedAtOnce() throws IOException {
    Path changed = copy(values -> {
      values.remove("model.state_proj.bias");
      values.put("model.action_in_proj.bias", new float[3]);
      values.put("model.surprise", new float[2]);
      return values;
    });
    String message = assertThrows(BadInputException.class, () -> Checkpoint.open(changed)).getMessage();
    assertTrue(message.contains("3 tensors do not fit"), message);
    assertTrue(message.contains("missing     model.state_proj.bias [64]"), message);
    assertTrue(message.contains("model.action_in_proj.bias: expected [64], found [3]"), message);
    assertTrue(message.contains("unexpected  model.surprise [2]"), message);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aSingleValueThatIsNotFiniteIsFoundWhereverItIs(float bad) throws IOException {
    for (int place : new int[] {0, 31, 63}) {
      Files.deleteIfExists(directory.resolve(Checkpoint.CONFIG));
      Path changed = copy(values -> {
        values.get("model.cond_network.2.bias")[place] = bad;
        return values;
      });
      String message = assertThrows(BadInputException.class, () -> Checkpoint.open(changed)).getMessage();
      assertTrue(message.contains("'model.cond_network.2.bias' holds values that are not finite"), message);
    }
  }

  @Test
  void halfPrecisionValuesThatAreNotFiniteAreFoundToo() throws IOException {
    for (DType type : new DType[] {DType.F16, DType.BF16}) {
      for (boolean bad : new boolean[] {false, true}) {
        Path path = directory.resolve(type + "-" + bad);
        ByteBuffer bytes = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort(0, (short) 0xbc00).putShort(2, (short) 0x7bff).putShort(4, bad ? (short) 0x7fff : 0x0001);
        new SafetensorsWriter().add("x", type, new long[] {3}, () -> bytes).write(path);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
          if (bad) {
            assertThrows(BadInputException.class, () -> FiniteCheck.check(file, file.names()));
          } else {
            FiniteCheck.check(file, file.names());
          }
        }
      }
    }
  }

  @Test
  void lerobotsLayoutOfATrainingStepIsACheckpoint() {
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_checkpoint/checkpoints/000003"))) {
      assertEquals("pretrained_model", checkpoint.directory().getFileName().toString());
    }
  }

  @Test
  void aMissingDirectoryOrFileIsNamed() throws IOException {
    assertTrue(assertThrows(BadInputException.class, () -> Checkpoint.open(directory.resolve("none"))).getMessage().contains("none"));
    assertTrue(assertThrows(BadInputException.class, () -> Checkpoint.open(directory)).getMessage().contains("config.json: no such file"));
    Files.copy(MODEL.resolve(Checkpoint.CONFIG), directory.resolve(Checkpoint.CONFIG));
    assertTrue(assertThrows(BadInputException.class, () -> Checkpoint.open(directory)).getMessage().contains("model.safetensors: no such file"));
  }

  @Test
  void newWeightsFitDependOnTheSeedAndAreTheSameForOne() throws IOException {
    FlowMatchingConfig config = FlowMatchingConfig.parse("b", JsonFile.read(MODEL.resolve(Checkpoint.CONFIG)));
    float[][] drawn = new float[3][];
    for (int i = 0; i < 3; i++) {
      Path path = directory.resolve("new" + i);
      Checkpoint.create(path, config, i / 2);
      try (Checkpoint checkpoint = Checkpoint.open(path)) {
        drawn[i] = checkpoint.weights().floats("model.state_proj.weight");
        assertEquals(1, checkpoint.weights().floats("model.denoising_network.0.norm1.weight")[0]);
      }
    }
    assertArrayEquals(drawn[0], drawn[1]);
    assertFalse(java.util.Arrays.equals(drawn[0], drawn[2]));
    for (float value : drawn[0]) {
      assertTrue(Math.abs(value) <= 1 / Math.sqrt(9), "uniform within 1/sqrt(inputs): " + value);
    }
  }

  @Test
  void aTemporaryCheckpointGoesWhenItIsClosed() {
    Checkpoint checkpoint = Checkpoint.temporary(FlowMatchingConfig.parse("b", JsonFile.read(MODEL.resolve(Checkpoint.CONFIG))));
    Path place = checkpoint.directory();
    assertTrue(Files.exists(place.resolve(Checkpoint.WEIGHTS)));
    checkpoint.close();
    assertFalse(Files.exists(place));
  }

  @Test
  void aTrainingRunsDirectoryStandsForItsNewestCheckpoint(@TempDir Path run) throws IOException {
    Path files = Files.createDirectories(run.resolve("checkpoints/000002/pretrained_model"));
    Files.createSymbolicLink(run.resolve("checkpoints/last"), Path.of("000002"));
    assertFalse(Checkpoint.holds(run));
    Checkpoint.create(files, FlowMatchingConfig.parse("b", JsonFile.read(MODEL.resolve(Checkpoint.CONFIG))), 1);
    assertTrue(Checkpoint.holds(run));
    try (Checkpoint checkpoint = Checkpoint.open(run)) {
      assertTrue(Files.isSameFile(files, checkpoint.directory()), checkpoint.directory().toString());
    }
  }
}
