package flowmatching.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class IntegrationPlanTest {
  /** dx/dt = x cos t, x(1) = 1: x(0) = e^-sin 1. */
  private static double error(Solver solver, int steps) {
    float[] x = {1};
    solver.plan(steps).integrate((point, t, velocity) -> velocity[0] = (float) (point[0] * Math.cos(t)), null, x);
    return Math.abs(x[0] - Math.exp(-Math.sin(1)));
  }

  @ParameterizedTest
  // Up to where float32 rounding (6e-8 a step) is far below the method's own error.
  @CsvSource({"EULER, 8, 2", "EULER, 32, 2", "EULER, 128, 2", "HEUN, 4, 4", "HEUN, 8, 4", "HEUN, 16, 4"})
  void theErrorFallsByTheSolversOrderWhenStepsDouble(Solver solver, int steps, double ratio) {
    assertEquals(ratio, error(solver, steps) / error(solver, 2 * steps), 0.15 * ratio);
  }

  @ParameterizedTest
  @EnumSource(Solver.class)
  void theFieldIsAskedExactlyAtThePlansTimesAndItsPointIsNeverTheCallersArray(Solver solver) {
    for (int steps : new int[] {1, 2, 7, 100}) {
      IntegrationPlan plan = solver.plan(steps);
      float[] x = {1, 2};
      int[] calls = {0};
      plan.integrate((point, t, velocity) -> {
        assertEquals(plan.times()[calls[0]++], t);
        assertTrue(point != x, "the caller's array changes only at the end of a step");
      }, null, x);
      assertEquals(plan.evaluations(), calls[0]);
      assertEquals(steps, plan.steps());
      assertArrayEquals(new float[] {1, 2}, x, "a field of zeros moves nothing");
    }
  }

  @ParameterizedTest
  @EnumSource(Solver.class)
  void theWeightsOfAllStepsTogetherLeadFromOneToZero(Solver solver) {
    for (int steps = 1; steps <= 1000; steps++) {
      IntegrationPlan plan = solver.plan(steps);
      double sum = 0;
      for (int i = 0; i < plan.evaluations(); i++) {
        sum += plan.advances()[i] ? (double) plan.previousWeights()[i] + plan.velocityWeights()[i] : 0;
      }
      // Each weight is rounded once.
      assertEquals(-1, sum, 1e-7, steps + " steps");
      assertTrue(plan.advances()[plan.evaluations() - 1], "the last evaluation ends a step");
    }
  }

  @Test
  void heunByHand() {
    // v = x, two steps of 1/2 from x = 8: 8 -> 8 - (8 + 4) / 4 = 5 -> 5 - (5 + 2.5) / 4 = 3.125.
    float[] x = {8};
    Solver.HEUN.plan(2).integrate((point, t, velocity) -> velocity[0] = point[0], null, x);
    assertEquals(3.125f, x[0]);
  }

  @Test
  void eachVelocityIsCorrectedAtItsOwnPointAndTime() {
    // One Euler step of v = 0 from x = 3 at t = 1: the gain is the maximum 1, the flow would end at 3, the target is 5:
    // v' = 0 - 1 * 1 * (5 - 3) = -2, x = 3 - (-2) = 5. The value with weight 0 stays.
    float[] x = {3, 3};
    Guidance guidance = new Guidance(new float[] {5, 5}, new float[] {1, 0}, 1);
    Solver.EULER.plan(1).integrate((point, t, velocity) -> {
      velocity[0] = 0;
      velocity[1] = 0;
    }, guidance, x);
    assertArrayEquals(new float[] {5, 3}, x);
  }

  @Test
  void aPlanForOneEvaluationFromZeroLeavesTheVelocity() {
    float[] x = {0, 0};
    IntegrationPlan.evaluationAt(0.5f).integrate((point, t, velocity) -> {
      velocity[0] = 7;
      velocity[1] = t;
    }, null, x);
    assertArrayEquals(new float[] {7, 0.5f}, x);
  }

  @ParameterizedTest
  @EnumSource(Solver.class)
  void aNumberOfStepsThatNobodyCanMeanIsRefusedBeforeAnythingIsAllocated(Solver solver) {
    for (int steps : new int[] {Integer.MIN_VALUE, -1, 0, 1001, Integer.MAX_VALUE}) {
      String message = assertThrows(BadInputException.class, () -> solver.plan(steps)).getMessage();
      assertTrue(message.contains("1 to 1000") && message.endsWith("found " + steps), message);
    }
  }
}
