package flowmatching.app;

import flowmatching.BadInputException;
import java.util.Locale;

/**
 * How many episodes succeeded.
 *
 * @param successes of them
 * @param episodes 1 or more
 */
public record SuccessRate(int successes, int episodes) {
  /** Standard normal deviate that leaves 2.5 % on either side. */
  private static final double Z = 1.959963984540054;

  /** @throws BadInputException where there is no episode, or more successes than episodes */
  public SuccessRate {
    if (episodes < 1 || successes < 0 || successes > episodes) {
      throw new BadInputException("expected 0 to " + episodes + " successes of at least 1 episode, found " + successes);
    }
  }

  public double rate() {
    return (double) successes / episodes;
  }

  /** Lower end of the 95 % interval (Wilson, 1927, without continuity correction). */
  public double low() {
    return Math.max(0, centre() - halfWidth());
  }

  /** Upper end of the 95 % interval. */
  public double high() {
    return Math.min(1, centre() + halfWidth());
  }

  private double centre() {
    return (rate() + Z * Z / (2 * episodes)) / (1 + Z * Z / episodes);
  }

  private double halfWidth() {
    double p = rate();
    return Z / (1 + Z * Z / episodes) * Math.sqrt(p * (1 - p) / episodes + Z * Z / (4.0 * episodes * episodes));
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d of %d episodes succeeded: %.1f %% (95 %% interval %.1f to %.1f)",
        successes, episodes, 100 * rate(), 100 * low(), 100 * high());
  }
}
