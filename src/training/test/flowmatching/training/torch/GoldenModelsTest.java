package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What PyTorch gave for the golden models comes out of the interpreter that trains, too. */
class GoldenModelsTest {
  @ParameterizedTest
  @CsvSource({
    "a_original_constants, 2e-5",
    "b_small_one_camera, 2e-5",
    "c_three_cameras_no_padding, 2e-5",
    "d_step_encoding, 2e-5",
    "e_state_only, 2e-5",
    "f_patch_tokens, 5e-5"
  })
  void everyQuantityOfTheReferenceComesOut(String model, double tolerance) {
    Path directory = TestData.path("golden_models/" + model);
    Compute compute = new Compute("cpu", Compute.Precision.FP32, 1);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        NetworkParameters parameters = new NetworkParameters(checkpoint.config(), checkpoint.weights(), compute);
        TorchSession session = new TorchSession(checkpoint.config(), parameters, compute)) {
      List<Conformance.Row> rows = Conformance.run(directory, checkpoint, session);
      assertAll(
          rows.stream()
              .map(row -> () -> {
                assertNull(row.skipped(), row.toString());
                assertTrue(row.deviation() <= tolerance, row.toString());
              }));
    }
  }
}
