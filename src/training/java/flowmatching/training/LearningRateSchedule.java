package flowmatching.training;

import flowmatching.BadInputException;

/** How the learning rate changes over a run: what {@code optimizer.lr} is multiplied with. */
public sealed interface LearningRateSchedule {
  /** The factor of a step, counted from 0. */
  double factor(long step);

  /**
   * Rises in a line from 0, then stays: LeRobot's {@code constant_with_warmup} (0.6.1).
   *
   * @param warmupSteps until it is 1, 0 or more
   */
  record Constant(long warmupSteps) implements LearningRateSchedule {
    public Constant {
      check("num_warmup_steps", warmupSteps >= 0, "0 or more", warmupSteps);
    }

    /** The same from the first step to the last. */
    public Constant() {
      this(0);
    }

    @Override
    public double factor(long step) {
      return step < warmupSteps ? (double) step / warmupSteps : 1;
    }
  }

  /**
   * Rises in a line, then falls with a cosine: LeRobot's {@code cosine_decay_with_warmup} (0.6.1), which pi0 was trained with.
   *
   * <pre>
   *   warm-up:  1/(w+1) + (1 - 1/(w+1)) * step/w                        for step < w
   *   decay:    a + (1 - a) * (1 + cos(pi * min(step, d) / d)) / 2      with a = decayLr / peakLr
   * </pre>
   *
   * @param warmupSteps w, 0 or more
   * @param decaySteps d, 1 or more; the cosine runs from step 0 on
   * @param peakLr what {@code decayLr} is compared with, above 0
   * @param decayLr learning rate at the end, 0 to {@code peakLr}
   */
  record CosineDecayWithWarmup(long warmupSteps, long decaySteps, double peakLr, double decayLr) implements LearningRateSchedule {
    public CosineDecayWithWarmup {
      check("num_warmup_steps", warmupSteps >= 0, "0 or more", warmupSteps);
      check("num_decay_steps", decaySteps >= 1, "1 or more", decaySteps);
      check("peak_lr", peakLr > 0 && peakLr < Double.POSITIVE_INFINITY, "a number above 0", peakLr);
      check("decay_lr", decayLr >= 0 && decayLr <= peakLr, "0 to peak_lr = " + peakLr, decayLr);
    }

    /** This schedule squeezed into a run that is shorter than its decay, as LeRobot does. */
    public CosineDecayWithWarmup fittedTo(long steps) {
      if (steps >= decaySteps) {
        return this;
      }
      return new CosineDecayWithWarmup((long) (warmupSteps * ((double) steps / decaySteps)), steps, peakLr, decayLr);
    }

    @Override
    public double factor(long step) {
      if (step < warmupSteps) {
        double first = 1.0 / (warmupSteps + 1);
        return step <= 0 ? first : (first - 1) * (1 - (double) step / warmupSteps) + 1;
      }
      double end = decayLr / peakLr;
      double cosine = 0.5 * (1 + Math.cos(Math.PI * Math.min(step, decaySteps) / decaySteps));
      return (1 - end) * cosine + end;
    }
  }

  private static void check(String name, boolean right, String expected, Number found) {
    if (!right) {
      throw new BadInputException("scheduler." + name + ": expected " + expected + ", found " + found);
    }
  }
}
