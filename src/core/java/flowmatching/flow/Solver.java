package flowmatching.flow;

import flowmatching.BadInputException;
import java.util.Locale;

/** How the flow is integrated from noise (t = 1) to action (t = 0). */
public enum Solver {
  /** x += dt v(x, t): one evaluation a step. */
  EULER {
    @Override
    public IntegrationPlan plan(int steps) {
      IntegrationPlan.Builder plan = new IntegrationPlan.Builder(steps);
      float dt = -1f / steps;
      float t = 1;
      for (int i = 0; i < steps; i++) {
        plan.evaluate(t, 0, dt, true);
        t += dt;
      }
      return plan.build();
    }
  },

  /** x += dt/2 (v(x, t) + v(x + dt v(x, t), t + dt)): second order, two evaluations a step. */
  HEUN {
    @Override
    public IntegrationPlan plan(int steps) {
      IntegrationPlan.Builder plan = new IntegrationPlan.Builder(steps);
      float dt = -1f / steps;
      float t = 1;
      for (int i = 0; i < steps; i++) {
        // The sum of float32 steps may end a hair below 0, where the network was never trained.
        float next = i + 1 == steps ? 0 : t + dt;
        plan.evaluate(t, 0, dt, false);
        plan.evaluate(next, dt / 2, dt / 2, true);
        t = next;
      }
      return plan.build();
    }
  };

  /**
   * The evaluations of {@code steps} equal steps from 1 to 0. Times are summed in float32, as the original does.
   *
   * @param steps 1 or more
   */
  public abstract IntegrationPlan plan(int steps);

  /** Reads {@code euler} or {@code heun}, in any case. */
  public static Solver parse(String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new BadInputException("solver: expected euler or heun, found '" + name + "'");
    }
  }

  /** The name as users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
