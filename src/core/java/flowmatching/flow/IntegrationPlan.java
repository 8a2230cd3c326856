package flowmatching.flow;

import flowmatching.BadInputException;
import java.util.ArrayList;
import java.util.List;

/**
 * A solver as data: which evaluations of the velocity to make, and what each adds. A runtime can run it in a loop of its own,
 * inside an ONNX graph or a CUDA graph, and knows no solver by name.
 *
 * <pre>
 *   y = base = x;  previous = 0
 *   for each evaluation:  v = velocity(y, time)
 *                         y = base + previousWeight * previous + velocityWeight * v
 *                         previous = v;  if advances: base = y
 * </pre>
 *
 * Immutable; callers do not change the arrays that the accessors return.
 */
public final class IntegrationPlan {
  private final int steps;
  private final float[] times;
  private final float[] previousWeights;
  private final float[] velocityWeights;
  private final boolean[] advances;

  private IntegrationPlan(Builder builder) {
    int n = builder.evaluations.size();
    steps = builder.steps;
    times = new float[n];
    previousWeights = new float[n];
    velocityWeights = new float[n];
    advances = new boolean[n];
    for (int i = 0; i < n; i++) {
      Evaluation e = builder.evaluations.get(i);
      times[i] = e.time;
      previousWeights[i] = e.previousWeight;
      velocityWeights[i] = e.velocityWeight;
      advances[i] = e.advances;
    }
  }

  private record Evaluation(float time, float previousWeight, float velocityWeight, boolean advances) {}

  static final class Builder {
    private static final int MAX_STEPS = 1000;

    private final int steps;
    private final List<Evaluation> evaluations = new ArrayList<>();

    Builder(int steps) {
      if (steps < 1 || steps > MAX_STEPS) {
        throw new BadInputException("num_steps: expected 1 to " + MAX_STEPS + ", found " + steps);
      }
      this.steps = steps;
    }

    void evaluate(float time, float previousWeight, float velocityWeight, boolean advances) {
      evaluations.add(new Evaluation(time, previousWeight, velocityWeight, advances));
    }

    IntegrationPlan build() {
      return new IntegrationPlan(this);
    }
  }

  /** One evaluation at time {@code t} that, from a base of zeros, leaves the velocity itself. */
  public static IntegrationPlan evaluationAt(float t) {
    Builder plan = new Builder(1);
    plan.evaluate(t, 0, 1, true);
    return plan.build();
  }

  /** Steps of the solver; it may need more evaluations than steps. */
  public int steps() {
    return steps;
  }

  /** How often the velocity is evaluated. */
  public int evaluations() {
    return times.length;
  }

  /** Flow time of each evaluation. */
  public float[] times() {
    return times;
  }

  /** Weight of the evaluation before, in each evaluation. */
  public float[] previousWeights() {
    return previousWeights;
  }

  /** Weight of each evaluation's own velocity. */
  public float[] velocityWeights() {
    return velocityWeights;
  }

  /** Whether an evaluation ends a step. */
  public boolean[] advances() {
    return advances;
  }

  /**
   * Runs the plan here.
   *
   * @param field the velocity
   * @param guidance corrects each velocity, or null
   * @param x starts as noise, ends as action
   */
  public void integrate(VelocityField field, Guidance guidance, float[] x) {
    float[] y = x.clone();
    float[] velocity = new float[x.length];
    float[] previous = new float[x.length];
    for (int e = 0; e < times.length; e++) {
      field.evaluate(y, times[e], velocity);
      if (guidance != null) {
        guidance.correct(velocity, y, times[e]);
      }
      for (int i = 0; i < x.length; i++) {
        y[i] = x[i] + previousWeights[e] * previous[i] + velocityWeights[e] * velocity[i];
      }
      if (advances[e]) {
        System.arraycopy(y, 0, x, 0, x.length);
      }
      System.arraycopy(velocity, 0, previous, 0, x.length);
    }
  }
}
