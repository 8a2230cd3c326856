package flowmatching.training;

import flowmatching.BadInputException;

/**
 * How a policy is trained.
 *
 * @param seed of noise, times and dropout
 * @param accumulation batches whose gradients make one step, 1 or more
 * @param optimizer AdamW's settings
 * @param schedule of the learning rate
 * @param emaDecay decay of the moving average of the weights, 0 for none, else below 1
 */
public record TrainerOptions(
    long seed, int accumulation, OptimizerOptions optimizer, LearningRateSchedule schedule, double emaDecay) {
  public TrainerOptions {
    if (accumulation < 1) {
      throw new BadInputException("gradient_accumulation_steps: expected 1 or more, found " + accumulation);
    }
    if (!(emaDecay >= 0 && emaDecay < 1)) {
      throw new BadInputException("ema_decay: expected 0 to below 1, found " + emaDecay);
    }
  }
}
