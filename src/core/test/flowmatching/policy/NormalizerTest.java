package flowmatching.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.model.NormalizationMode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NormalizerTest {
  private static final Map<String, float[]> STATISTICS = Map.of(
      "mean", new float[] {2, 5}, "std", new float[] {4, 0}, "min", new float[] {-1, 3}, "max", new float[] {3, 3},
      "q01", new float[] {0, 1}, "q99", new float[] {10, 2}, "q10", new float[] {1, 1}, "q90", new float[] {9, 2});

  private static Normalizer of(NormalizationMode mode) {
    return Normalizer.of("f", mode, STATISTICS, 2);
  }

  @Test
  void eachModeIsLeRobotsFormula() {
    assertEquals(7, of(NormalizationMode.IDENTITY).normalize(7, 0));
    assertEquals((6 - 2) / (4 + 1e-8f), of(NormalizationMode.MEAN_STD).normalize(6, 0));
    assertEquals(2 * (2f - -1) / 4 - 1, of(NormalizationMode.MIN_MAX).normalize(2, 0));
    assertEquals(2 * 2.5f / 10 - 1, of(NormalizationMode.QUANTILES).normalize(2.5f, 0));
    assertEquals(2 * (5f - 1) / 8 - 1, of(NormalizationMode.QUANTILE10).normalize(5, 0));
  }

  @ParameterizedTest
  @EnumSource(NormalizationMode.class)
  void unnormalizingGivesTheValueBack(NormalizationMode mode) {
    for (float value : new float[] {-3, 0, 1.25f, 100}) {
      assertEquals(value, of(mode).unnormalize(of(mode).normalize(value, 0), 0), 1e-4f);
    }
  }

  @Test
  void aValueThatNeverChangedInTheDataIsFiniteThroughout() {
    assertEquals(5, of(NormalizationMode.MEAN_STD).unnormalize(of(NormalizationMode.MEAN_STD).normalize(5, 1), 1));
    assertTrue(Float.isFinite(of(NormalizationMode.MEAN_STD).normalize(6, 1)));
    assertEquals(-1, of(NormalizationMode.MIN_MAX).normalize(3, 1));
    assertEquals(3, of(NormalizationMode.MIN_MAX).unnormalize(-1, 1));
  }

  @Test
  void aMissingOrWrongStatisticIsRefusedByFeatureAndName() {
    assertRefused("'arm': MEAN_STD needs 'std'", Map.of("mean", new float[2]));
    assertRefused("'arm.std': expected 2 values, found 3", Map.of("mean", new float[2], "std", new float[3]));
    assertRefused("'arm.mean': expected finite values", Map.of("mean", new float[] {Float.NaN, 1}, "std", new float[2]));
  }

  private static void assertRefused(String expected, Map<String, float[]> statistics) {
    String message = assertThrows(BadInputException.class, () -> Normalizer.of("arm", NormalizationMode.MEAN_STD, statistics, 2)).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
