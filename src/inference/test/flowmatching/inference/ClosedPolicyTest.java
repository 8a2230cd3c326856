package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.TestData;
import flowmatching.image.RgbImage;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyOptions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A program that uses a policy after its end is told so, whatever the runtime: native memory that is gone would end the process. */
class ClosedPolicyTest {
  private static final Observation OBSERVATION = new Observation(
      Map.of("observation.images.top", new RgbImage(96, 96, new byte[3 * 96 * 96]), "observation.images.side", new RgbImage(128, 96, new byte[3 * 96 * 128])),
      new float[7]);

  private static FlowMatchingPolicy open(String runtime) {
    return FlowMatchingPolicy.fromPretrained(TestData.path("golden_checkpoint/checkpoints/000003"), PolicyOptions.defaults().withRuntime(runtime));
  }

  @ParameterizedTest
  @MethodSource("flowmatching.inference.UsableRuntimes#names")
  void refusesToPredictAndMayBeClosedAgain(String runtime) {
    FlowMatchingPolicy policy = open(runtime);
    policy.selectAction(OBSERVATION);
    policy.close();
    policy.close();
    policy.reset();
    assertEquals("the policy is closed", assertThrows(IllegalStateException.class, () -> policy.selectAction(OBSERVATION)).getMessage());
    assertThrows(IllegalStateException.class, () -> policy.predict(OBSERVATION, null));
  }

  @ParameterizedTest
  @MethodSource("flowmatching.inference.UsableRuntimes#names")
  void waitsWithItsEndForThePredictionOfAnotherThread(String runtime) throws InterruptedException {
    FlowMatchingPolicy policy = open(runtime);
    CountDownLatch predicting = new CountDownLatch(3);
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
      while (true) {
        policy.predictActionChunk(OBSERVATION);
        predicting.countDown();
      }
    });
    predicting.await();
    policy.close();
    assertEquals("the policy is closed", assertThrows(CompletionException.class, other::join).getCause().getMessage());
  }
}
