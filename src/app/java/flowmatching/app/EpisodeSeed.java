package flowmatching.app;

import java.util.Random;

/** Seeds of simulated episodes: under the same one an episode begins alike, whoever plays it. */
public final class EpisodeSeed {
  private EpisodeSeed() {}

  /** The seed of an episode, by its number among those of one seed. Up to a hundred tries of it can be counted on. */
  public static long of(long all, int number) {
    return all * 1_000_003L + number * 101L;
  }

  /** An episode's random numbers. Seeds that follow each other would give first numbers that do so too: mixed (SplitMix64's constant). */
  public static Random random(long seed) {
    return new Random(seed * 0x9E3779B97F4A7C15L);
  }
}
