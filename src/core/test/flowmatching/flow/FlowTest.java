package flowmatching.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.flow.RealTimeChunking.Schedule;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlowTest {
  private static final float[] NOISE = {1, -2, 0.5f};
  private static final float[] ACTION = {0.25f, 4, 0.5f};

  @Test
  void thePathBeginsAtTheActionAndEndsAtTheNoise() {
    float[] point = new float[3];
    ProbabilityPath.at(NOISE, ACTION, 0, point);
    assertArrayEquals(ACTION, point);
    ProbabilityPath.at(NOISE, ACTION, 1, point);
    assertArrayEquals(NOISE, point);
  }

  @Test
  void theTargetIsThePathsDerivative() {
    float[] early = new float[3];
    float[] late = new float[3];
    float[] target = new float[3];
    ProbabilityPath.at(NOISE, ACTION, 0.25f, early);
    ProbabilityPath.at(NOISE, ACTION, 0.75f, late);
    ProbabilityPath.target(NOISE, ACTION, target);
    for (int i = 0; i < 3; i++) {
      assertEquals(target[i], (late[i] - early[i]) / 0.5f);
    }
  }

  @Test
  void integratingTheTrueVelocityFromTheNoiseGivesTheAction() {
    float[] x = NOISE.clone();
    Solver.EULER.plan(10).integrate((point, t, velocity) -> ProbabilityPath.target(NOISE, ACTION, velocity), null, x);
    assertArrayEquals(ACTION, x, 1e-5f);
  }

  @Test
  void timesForTrainingAreBetaDistributed() {
    // Mean of Beta(1.5, 1) is 0.6, its variance 0.6 * 0.4 / 3.5; five standard errors of the mean of n draws.
    int n = 100_000;
    SplittableRandom random = new SplittableRandom(1);
    double sum = 0;
    int belowHalf = 0;
    for (int i = 0; i < n; i++) {
      float t = TimeDistribution.quantile(random.nextDouble());
      assertTrue(t >= 0.001f && t <= 1, "time " + t);
      sum += t;
      belowHalf += t < 0.5 ? 1 : 0;
    }
    assertEquals(0.999 * 0.6 + 0.001, sum / n, 5 * Math.sqrt(0.6 * 0.4 / 3.5 / n));
    double share = Math.pow((0.5 - 0.001) / 0.999, 1.5);
    assertEquals(share, belowHalf / (double) n, 5 * Math.sqrt(share * (1 - share) / n));
  }

  @Test
  void guidancePullsTheEndOfTheFlowToItsTargetByHand() {
    // x = 3, v = 1, t = 0.5: the flow would end at 2.5. Target 2: error -0.5. gain = min(10, 1 * 0.5 / 0.25) = 2; weight 0.5.
    Guidance guidance = new Guidance(new float[] {2}, new float[] {0.5f}, 10);
    float[] velocity = {1};
    guidance.correct(velocity, new float[] {3}, 0.5f);
    assertEquals(1 - 2 * 0.5f * -0.5f, velocity[0]);
  }

  @Test
  void guidanceHasItsGreatestGainAtBothEndsAndIsFiniteInBetween() {
    Guidance guidance = new Guidance(new float[1], new float[1], 7);
    assertEquals(7, guidance.gain(1));
    assertEquals(7, guidance.gain(0));
    for (int i = 1; i < 1000; i++) {
      float gain = guidance.gain(i / 1000f);
      assertTrue(gain > 0 && gain <= 7, "gain " + gain + " at " + i);
    }
  }

  @Test
  void aWeightOfZeroLeavesTheActionFree() {
    Guidance guidance = new Guidance(new float[] {100, 100, 100, 100}, new float[] {0, 1}, 10);
    float[] velocity = {1, 2, 3, 4};
    guidance.correct(velocity, new float[4], 0.5f);
    assertEquals(1, velocity[0]);
    assertEquals(2, velocity[1]);
    assertTrue(velocity[2] < 3 && velocity[3] < 4);
  }

  @ParameterizedTest
  @EnumSource(Schedule.class)
  void weightsHoldTheDelayFallToTheHorizonAndAreZeroAfter(Schedule schedule) {
    float[] weights = RealTimeChunking.weights(schedule, 4, 25, 50);
    for (int i = 0; i < 50; i++) {
      assertTrue(weights[i] >= 0 && weights[i] <= 1);
      assertTrue(i == 0 || weights[i] <= weights[i - 1], "never rises");
      assertTrue(i >= 4 || weights[i] == 1, "held while it is played anyway");
      assertTrue(i < 25 || weights[i] == 0, "free after the horizon");
    }
  }

  @ParameterizedTest
  @EnumSource(Schedule.class)
  void anyDelayAndHorizonGiveWeightsOfTheChunksLength(Schedule schedule) {
    for (int delay : new int[] {-3, 0, 7, 100}) {
      for (int end : new int[] {-1, 0, 5, 10, 1000}) {
        assertEquals(10, RealTimeChunking.weights(schedule, delay, end, 10).length);
      }
    }
  }
}
