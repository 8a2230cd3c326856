package flowmatching.control;

/**
 * How fast a joint may move in one interval so that it keeps its limits now and can still keep them later. Pure arithmetic on
 * velocities in units a second; an interval lasts {@code seconds}.
 */
final class VelocityLimit {
  private VelocityLimit() {}

  /**
   * The highest velocity at which a joint that has {@code room} left comes to rest within it: after one interval at v it may slow
   * by a = {@code acceleration * seconds} in each that follows, so with n intervals of braking
   *
   * <pre>(n + 1) v seconds - n (n + 1) / 2 a seconds = room,   n a <= v < (n + 1) a</pre>
   *
   * @param room distance to the limit; 0 or less gives 0
   * @param acceleration units a second squared, infinite for any
   */
  static double stoppable(double room, double acceleration, double seconds) {
    if (!(room > 0)) {
      return 0;
    }
    double step = acceleration * seconds;
    double ratio = room / (step * seconds);
    if (Double.isInfinite(step) || Double.isInfinite(room) || ratio < 1e-12) {
      return room / seconds;
    }
    double brakes = Math.floor((Math.sqrt(1 + 8 * ratio) - 1) / 2);
    return room / (seconds * (brakes + 1)) + step * brakes / 2;
  }

  /**
   * Brings a velocity towards a position limit down so that the joint can stop before it. Where it no longer can, it brakes as
   * hard as its acceleration allows, and stops at the limit at the latest.
   *
   * @param wanted velocity towards the limit; negative values lead away from it and are left alone
   * @param previous velocity of the interval before, in the same direction
   */
  static double before(double room, double wanted, double previous, double acceleration, double seconds) {
    double stoppable = stoppable(room, acceleration, seconds);
    if (wanted <= stoppable) {
      return wanted;
    }
    double hardest = previous - acceleration * seconds;
    return hardest <= stoppable ? stoppable : Math.min(hardest, Math.max(0, room) / seconds);
  }
}
