package flowmatching.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Times are 0.999 b + 0.001 with b ~ Beta(1.5, 1), whose distribution function is b^1.5. */
class TimeDistributionTest {
  private static final int DRAWS = 200_000;

  private static double distribution(double t) {
    return Math.pow((t - 0.001) / 0.999, 1.5);
  }

  private static double[] draws() {
    SplittableRandom random = new SplittableRandom(11);
    double[] times = new double[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      times[i] = TimeDistribution.quantile(random.nextDouble());
    }
    return times;
  }

  @Test
  void theQuantileIsTheInverseOfTheDistributionFunction() {
    for (int i = 0; i < 1000; i++) {
      double u = i / 1000.0;
      // One float32 rounding of the time, on a slope of the distribution function of at most 1.5 / 0.999.
      assertEquals(u, distribution(TimeDistribution.quantile(u)), 1e-7, "u " + u);
    }
    assertEquals(0.001f, TimeDistribution.quantile(0));
    assertTrue(TimeDistribution.quantile(Math.nextDown(1.0)) <= 1);
  }

  @Test
  void theEmpiricalDistributionStaysWithinKolmogorovsBound() {
    double[] times = draws();
    Arrays.sort(times);
    double distance = 0;
    for (int i = 0; i < DRAWS; i++) {
      double expected = distribution(times[i]);
      distance = Math.max(distance, Math.max(Math.abs((i + 1.0) / DRAWS - expected), Math.abs((double) i / DRAWS - expected)));
    }
    // Massart: P(distance > e) <= 2 exp(-2 n e^2); this bound is passed by chance once in 1e6.
    assertTrue(distance < Math.sqrt(Math.log(2e6) / (2.0 * DRAWS)), "distance " + distance);
  }

  @Test
  void meanAndVarianceAreThoseOfTheScaledBeta() {
    double[] times = draws();
    double mean = Arrays.stream(times).average().orElseThrow();
    double variance = Arrays.stream(times).map(t -> (t - mean) * (t - mean)).average().orElseThrow();
    // Beta(a, b): mean a/(a+b) = 0.6, variance ab/((a+b)^2 (a+b+1)) = 1.5 / (6.25 * 3.5).
    double expected = 0.999 * 0.999 * 1.5 / (6.25 * 3.5);
    assertEquals(0.999 * 0.6 + 0.001, mean, 5 * Math.sqrt(expected / DRAWS));
    // Values lie within 1 of each other, so a squared deviation has a variance of at most a quarter.
    assertEquals(expected, variance, 5 * Math.sqrt(0.25 / DRAWS));
  }
}
