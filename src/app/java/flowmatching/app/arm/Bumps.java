package flowmatching.app.arm;

import java.util.Random;

/**
 * Something that bumps into the arm every second or so: for a moment its joints go elsewhere than commanded. What an expert does then
 * is what a policy needs to have seen, because it errs too (noise injection into the expert, after DART, Laskey et al. 2017).
 */
final class Bumps {
  private static final double PER_STEP = 0.05;
  private static final int SHORTEST = ArmWorld.RATE / 5;
  private static final int LONGEST = ArmWorld.RATE / 2;
  /** Standard deviation of a joint's offset, radians. */
  private static final double SIZE = 0.2;

  private final Random random;
  private final double[] offset = new double[2];
  private int left;

  Bumps(long seed) {
    random = new Random(~seed);
  }

  /** The positions that the joints go to, radians, where {@code command} was meant. */
  double[] bumped(double[] command) {
    if (left == 0 && random.nextDouble() < PER_STEP) {
      left = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
      for (int i = 0; i < offset.length; i++) {
        offset[i] = SIZE * random.nextGaussian();
      }
    }
    if (left == 0) {
      return command;
    }
    left--;
    return new double[] {command[0] + offset[0], command[1] + offset[1]};
  }
}
