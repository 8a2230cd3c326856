package flowmatching.training;

import flowmatching.BadInputException;

/**
 * AdamW's settings, with LeRobot's names and meaning.
 *
 * @param lr learning rate at a schedule's factor of 1, above 0
 * @param beta1 decay of the gradient's mean, 0 to below 1
 * @param beta2 decay of the gradient's square, 0 to below 1
 * @param eps added to the root of the square, above 0
 * @param weightDecay share of a weight, times the learning rate, taken off each step; 0 or more
 * @param gradClipNorm gradients longer than this are shortened to it; 0 for never
 * @param visionFactor learning rate of the vision encoder as a share of the others'; 0 leaves it as it is
 */
public record OptimizerOptions(
    double lr, double beta1, double beta2, double eps, double weightDecay, double gradClipNorm, double visionFactor) {
  public OptimizerOptions {
    check("lr", lr > 0 && lr < Double.POSITIVE_INFINITY, "a number above 0", lr);
    check("betas", beta1 >= 0 && beta1 < 1, "0 to below 1", beta1);
    check("betas", beta2 >= 0 && beta2 < 1, "0 to below 1", beta2);
    check("eps", eps > 0 && eps < 1, "a number from above 0 to below 1", eps);
    check("weight_decay", weightDecay >= 0 && weightDecay < 1, "0 to below 1", weightDecay);
    check("grad_clip_norm", gradClipNorm >= 0 && gradClipNorm < Double.POSITIVE_INFINITY, "0 or more", gradClipNorm);
    check("vision_factor", visionFactor >= 0 && visionFactor <= 100, "0 to 100", visionFactor);
  }

  /** LeRobot's AdamW with this policy's learning rate of 1e-4. */
  public static OptimizerOptions defaults() {
    return new OptimizerOptions(1e-4, 0.9, 0.999, 1e-8, 0.01, 10, 1);
  }

  private static void check(String name, boolean right, String expected, double found) {
    if (!right) {
      throw new BadInputException("optimizer." + name + ": expected " + expected + ", found " + found);
    }
  }
}
