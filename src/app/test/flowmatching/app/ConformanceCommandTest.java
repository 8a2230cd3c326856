package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code conformance}: its tolerance, and golden files that are not as they should be. */
class ConformanceCommandTest {
  private static final Path MODEL = TestData.path("golden_models/e_state_only");

  @TempDir Path directory;

  @BeforeEach
  void copyTheModel() throws IOException {
    for (String file : List.of("config.json", "model.safetensors", "golden.json", "golden.safetensors")) {
      Files.copy(MODEL.resolve(file), directory.resolve(file));
    }
  }

  private Outcome conformance() {
    return CommandLines.run("conformance", directory.toString(), "--runtime=onnxruntime", "--threads=1");
  }

  @Test
  void conformancePassesAndFailsByItsTolerance() {
    String model = TestData.path("golden_models/b_small_one_camera").toString();
    Outcome passed = CommandLines.run("conformance", model);
    assertEquals(0, passed.code(), passed.out());
    assertTrue(passed.out().lines().reduce((a, b) -> b).orElseThrow().startsWith("worst: "), passed.out());
    assertEquals(1, CommandLines.run("conformance", model, "--tolerance=1e-9").code());
    assertEquals(2, CommandLines.run("conformance", model, "--runtime=nothing").code());
  }

  @Test
  void aCheckpointWithoutGoldenFilesIsAnsweredWithWhoWritesThem() {
    Outcome outcome = CommandLines.run("conformance", TestData.home().resolve("models/demo").toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("golden.safetensors: no such file; ") && outcome.err().contains("flowmatching_reference.py golden"), outcome.err());
  }

  /** Writes the golden tensors with other values in the place of one. */
  private void replace(String changed, long[] shape, float... values) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile golden = SafetensorsFile.open(MODEL.resolve("golden.safetensors"))) {
      for (String name : golden.names()) {
        if (name.equals(changed)) {
          writer.addFloats(name, shape, () -> values);
        } else {
          writer.add(name, golden.entry(name).dtype(), golden.entry(name).shape(), () -> golden.bytes(name));
        }
      }
      writer.write(directory.resolve("golden.safetensors"));
    }
  }

  @Test
  void aDeviationThatIsNoNumberIsTheWorstWhateverFollows() throws IOException {
    try (SafetensorsFile golden = SafetensorsFile.open(MODEL.resolve("golden.safetensors"))) {
      float[] none = new float[(int) golden.entry("out.cond").count()];
      Arrays.fill(none, Float.NaN);
      replace("out.cond", golden.entry("out.cond").shape(), none);
    }
    Outcome outcome = conformance();
    assertEquals(1, outcome.code());
    assertTrue(outcome.out().contains("worst: cond, deviation NaN"), outcome.out());
  }

  /** As where a checkpoint's configuration was changed after its golden files were made. */
  @Test
  void goldenFilesThatDoNotFitTheConfigurationAreRefusedByName() throws IOException {
    assertRefused("in.noise", new long[] {2, 1, 1}, 2);
    assertRefused("in.time", new long[] {1}, 1);
    assertRefused("in.observation.state", new long[] {0, 5}, 0);
    Files.copy(MODEL.resolve("golden.safetensors"), directory.resolve("golden.safetensors"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(directory.resolve("golden.json"), "{\"euler_times\": {\"ten\": [1]}}");
    assertEquals("error: " + directory.resolve("golden.json") + ": euler_times: expected numbers of steps, found 'ten'\n", conformance().err());
  }

  private void assertRefused(String changed, long[] shape, int values) throws IOException {
    replace(changed, shape, new float[values]);
    Outcome outcome = conformance();
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().startsWith("error: " + directory.resolve("golden.safetensors") + ": " + changed + ": expected "), outcome.err());
  }
}
