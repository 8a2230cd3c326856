package flowmatching.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import org.junit.jupiter.api.Test;

class SolverTest {
  @Test
  void eulerEvaluatesExactlyOnceAStepWhateverTheNumberOfSteps() {
    for (int steps = 1; steps <= 1000; steps++) {
      float[] times = Solver.EULER.plan(steps).times();
      assertEquals(steps, times.length);
      float t = 1;
      for (float time : times) {
        assertEquals(t, time, "the sum of float32 steps, as the original");
        t += -1f / steps;
      }
    }
  }

  @Test
  void heunEvaluatesTwiceAStepAndNeverBelowZero() {
    for (int steps = 1; steps <= 1000; steps++) {
      float[] times = Solver.HEUN.plan(steps).times();
      assertEquals(2 * steps, times.length);
      assertEquals(0, times[times.length - 1]);
      for (float time : times) {
        assertTrue(time >= 0 && time <= 1, "time " + time);
      }
    }
  }

  /** dx/dt = x from t = 1 to 0 with x(1) = 1 ends at 1/e. */
  private static double error(Solver solver, int steps) {
    float[] x = {1};
    solver.plan(steps).integrate((point, t, velocity) -> velocity[0] = point[0], null, x);
    return Math.abs(x[0] - 1 / Math.E);
  }

  @Test
  void doublingTheStepsHalvesEulersErrorAndQuartersHeuns() {
    assertEquals(2, error(Solver.EULER, 16) / error(Solver.EULER, 32), 0.15);
    assertEquals(4, error(Solver.HEUN, 8) / error(Solver.HEUN, 16), 0.4);
  }

  @Test
  void aConstantVelocityIsIntegratedExactlyByBoth() {
    for (Solver solver : Solver.values()) {
      float[] x = {5, -1};
      solver.plan(4).integrate((point, t, velocity) -> {
        velocity[0] = 2;
        velocity[1] = -4;
      }, null, x);
      assertArrayEquals(new float[] {3, 3}, x, solver.label());
    }
  }

  @Test
  void aPlanForOneEvaluationLeavesTheVelocityItself() {
    IntegrationPlan plan = IntegrationPlan.evaluationAt(0.25f);
    assertArrayEquals(new float[] {0.25f}, plan.times());
    assertArrayEquals(new float[] {1}, plan.velocityWeights());
    assertArrayEquals(new float[] {0}, plan.previousWeights());
  }

  @Test
  void namesAreReadInAnyCaseAndOthersAreRefusedWithTheChoice() {
    assertEquals(Solver.HEUN, Solver.parse("Heun"));
    assertTrue(assertThrows(BadInputException.class, () -> Solver.parse("rk4")).getMessage().contains("euler or heun"));
    assertThrows(BadInputException.class, () -> Solver.EULER.plan(0));
  }
}
