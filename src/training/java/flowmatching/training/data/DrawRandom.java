package flowmatching.training.data;

import java.util.SplittableRandom;

/** Random numbers that depend on what they are for and on nothing that happened before. */
final class DrawRandom {
  /** What numbers are for: the same key gives each purpose others. */
  enum Purpose { ORDER, PICTURES }

  private DrawRandom() {}

  /** A generator for one key, for example the number of a draw. */
  static SplittableRandom of(long seed, long key, Purpose purpose) {
    return new SplittableRandom(mixed(mixed(mixed(seed) + key) + purpose.ordinal()));
  }

  /** SplitMix64's finaliser (Steele, Lea, Flood 2014): keys that differ in one bit differ everywhere. */
  private static long mixed(long key) {
    long z = key + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
