package flowmatching.control;

import java.util.Arrays;

/**
 * How far joints that are told how to move may be from where they were measured last, because they were told so since. Control is
 * often faster than the state comes, and a limit of positions that knows nothing of the commands in between is passed by all of them.
 *
 * <p>Belongs to the loop; allocates nothing.
 */
final class JointTravel {
  private final double[] travelled;
  private float[] sample;

  JointTravel(int size) {
    travelled = new double[size];
  }

  /** Takes note of the latest state: one that is new shows all that was commanded before it. */
  void see(float[] measured) {
    if (measured != sample) {
      sample = measured;
      Arrays.fill(travelled, 0);
    }
  }

  /** A joint was told to move by {@code motion}, which is given back. */
  double add(int index, double motion) {
    travelled[index] += motion;
    return motion;
  }

  /** The way since the joint was measured, where it leads up; else 0, as it may not have been followed. */
  double up(int index) {
    return Math.max(0, travelled[index]);
  }

  /** The same where it leads down; 0 or less. */
  double down(int index) {
    return Math.min(0, travelled[index]);
  }

  void become(JointTravel other) {
    sample = other.sample;
    System.arraycopy(other.travelled, 0, travelled, 0, travelled.length);
  }

  /** What was commanded reached nobody. */
  void forget() {
    Arrays.fill(travelled, 0);
  }
}
