package flowmatching.inference.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.Precision;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The CPU in TensorRT's place: a run an evaluation, and a look where that ran. */
class StepIntegrationTest {
  private static final RuntimeOptions ONE_THREAD = new RuntimeOptions(1, false);
  private static final Device STEPS = new Device("the CPU", Device.CPU.provider(), false, Device.CPU.configuration());

  private static PolicySession open(Checkpoint checkpoint, Device device, RuntimeOptions options) {
    return new OnnxRuntimeSession(checkpoint.config(), checkpoint.weights(), device, Precision.FLOAT32, options);
  }

  @ParameterizedTest
  @CsvSource({
    "a_original_constants, 2e-5", "b_small_one_camera, 2e-5", "c_three_cameras_no_padding, 2e-5", "d_step_encoding, 2e-5", "e_state_only, 2e-5",
    "f_patch_tokens, 5e-5"
  })
  void theGoldenModelsComeOut(String name, double tolerance) {
    Path model = TestData.path("golden_models/" + name);
    try (Checkpoint checkpoint = Checkpoint.open(model); PolicySession session = open(checkpoint, STEPS, ONE_THREAD)) {
      for (Conformance.Row row : Conformance.run(model, checkpoint, session)) {
        assertNull(row.skipped(), row.toString());
        assertTrue(row.deviation() <= tolerance, row.toString());
      }
    }
  }

  private static void encode(FlowMatchingConfig config, PolicySession session, int observations) {
    Random random = new Random(3);
    for (int i = 0; i < session.images().capacity(); i++) {
      session.images().put(i, random.nextFloat());
    }
    for (int i = 0; i < session.state().capacity(); i++) {
      session.state().put(i, (float) random.nextGaussian());
    }
    boolean[] present = new boolean[observations * config.cameras().size()];
    Arrays.fill(present, true);
    session.encodeImages(present);
    session.encodeState();
  }

  private static float[] noise(int values, long seed) {
    Random random = new Random(seed);
    float[] noise = new float[values];
    for (int i = 0; i < values; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    return noise;
  }

  @ParameterizedTest
  @EnumSource(Solver.class)
  void stepsGiveWhatTheLoopGivesWithGuidanceWithoutAndInBatches(Solver solver) {
    for (int batch : new int[] {1, 2}) {
      RuntimeOptions options = ONE_THREAD.withBatch(batch);
      try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/f_patch_tokens"));
          PolicySession loop = open(checkpoint, Device.CPU, options);
          PolicySession steps = open(checkpoint, STEPS, options)) {
        FlowMatchingConfig config = checkpoint.config();
        encode(config, loop, batch);
        encode(config, steps, batch);
        float[] weights = new float[config.chunkLength()];
        for (int i = 0; i < weights.length; i++) {
          weights[i] = 1 - (float) i / weights.length;
        }
        int values = batch * config.chunkLength() * config.maxActionDim();
        Guidance guidance = new Guidance(noise(values, 7), weights, 4);
        IntegrationPlan plan = solver.plan(4);
        // The last without guidance again: nothing of the one before is left.
        for (Guidance chosen : batch == 1 ? new Guidance[] {null, guidance, null} : new Guidance[] {null}) {
          float[] wanted = noise(values, 8);
          float[] found = wanted.clone();
          loop.integrate(plan, chosen, wanted);
          steps.integrate(plan, chosen, found);
          assertArrayEquals(wanted, found, 1e-5f);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"e_state_only", "f_patch_tokens"})
  void aDeviceThatLeavesTheNetworkToAnotherIsRefusedWhenItIsOpened(String name) {
    Device other = new Device("TensorRT", Device.tensorRt(null).provider(), false, Device.CPU.configuration());
    try (Checkpoint checkpoint = Checkpoint.open(TestData.path("golden_models/" + name))) {
      UnusableRuntimeException e = assertThrows(UnusableRuntimeException.class, () -> open(checkpoint, other, ONE_THREAD));
      assertTrue(e.getMessage().startsWith("ONNX Runtime did not run the whole network on TensorRT, but "), e.getMessage());
      assertTrue(e.getMessage().contains("LayerNormalization on CPUExecutionProvider"), e.getMessage());
    }
  }
}
