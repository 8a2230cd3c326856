package flowmatching.training;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NativeScope;
import flowmatching.training.torch.NetworkParameters;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loss and gradients are those of the reference for the same noise and times; tools/golden_gradients.py made what is compared. */
class GoldenGradientsTest {
  private static final double TOLERANCE = 2e-5;
  /** Relative. PyTorch 2.11's own autocast differs from float32 by up to 0.0051 in these models' losses ... */
  private static final double REDUCED_LOSS_TOLERANCE = 0.01;
  /** ... and by up to 0.084 in their gradients, by root mean square. */
  private static final double REDUCED_TOLERANCE = 0.1;

  private interface Comparison {
    void compare(SafetensorsFile golden, String name, Tensor gradient);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_original_constants", "b_small_one_camera", "d_step_encoding", "f_patch_tokens"})
  void everyParameterGetsTheReferencesGradient(String model) {
    check(model, Compute.Precision.FP32, loss -> 1e-5, GoldenGradientsTest::compare);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_original_constants", "b_small_one_camera", "d_step_encoding", "f_patch_tokens"})
  void inBfloat16EveryGradientIsNearTheReferences(String model) {
    check(model, Compute.Precision.BF16, loss -> loss * REDUCED_LOSS_TOLERANCE, GoldenGradientsTest::compareRoughly);
  }

  private static void check(String model, Compute.Precision precision, DoubleUnaryOperator lossTolerance, Comparison comparison) {
    Compute compute = new Compute("cpu", precision, 1);
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + model));
        SafetensorsFile inputs = SafetensorsFile.open(TestData.path("golden_models/" + model + "/golden.safetensors"));
        SafetensorsFile golden = SafetensorsFile.open(TestData.path("golden_training/gradients/" + model + ".safetensors"));
        NetworkParameters parameters = new NetworkParameters(checkpoint.config(), checkpoint.weights(), compute)) {
      GoldenBatch batch = new GoldenBatch(checkpoint.config(), inputs);
      FlowMatchingLoss loss = new FlowMatchingLoss(checkpoint.config(), PolicyProcessors.none(), parameters, compute, false);
      NativeScope.run(() -> {
        Tensor mean = loss.errors(batch.batch(), batch.noise(compute), batch.time(compute)).mean();
        double expected = Double.parseDouble(golden.metadata().get("loss"));
        assertEquals(expected, mean.item_double(), lossTolerance.applyAsDouble(expected));
        mean.backward();
        assertEquals(Set.of(golden.metadata().get("parameters").split(" ")), Set.copyOf(parameters.names()));
        assertAll(parameters.names().stream().map(name -> (Executable) () -> comparison.compare(golden, name, parameters.get(name).grad())));
      });
    }
  }

  private static void compareRoughly(SafetensorsFile golden, String name, Tensor gradient) {
    float[] values = HostTensor.floats(gradient);
    float[] expected = golden.floats("values." + name);
    int stride = (values.length + 255) / 256;
    double differences = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      differences += Math.pow(expected[i] - values[i * stride], 2);
      squares += Math.pow(expected[i], 2);
    }
    assertTrue(Math.sqrt(differences) <= REDUCED_TOLERANCE * Math.sqrt(squares), name);
  }

  private static void compare(SafetensorsFile golden, String name, Tensor gradient) {
    float[] values = HostTensor.floats(gradient);
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    double norm = golden.floats("norm." + name)[0];
    // Rounding grows with the gradient, so the tolerance is relative to the tensor's own size, never below that of values of 1.
    double scale = Math.max(1, norm);
    assertEquals(norm, Math.sqrt(squares), TOLERANCE * scale, name);
    float[] expected = golden.floats("values." + name);
    int stride = (values.length + 255) / 256;
    assertEquals((values.length + stride - 1) / stride, expected.length, name);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], values[i * stride], TOLERANCE * scale, name + " value " + i * stride);
    }
    assertTrue(norm > 0, name + " has no gradient");
  }
}
