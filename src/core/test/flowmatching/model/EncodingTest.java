package flowmatching.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodingTest {
  @ParameterizedTest
  @ValueSource(ints = {4, 6, 64, 1024})
  void periodsOfTheFlowTimeAreSpacedEvenlyOnALogScale(int dim) {
    float[] frequencies = TimeEmbedding.frequencies(dim, 4e-3, 4.0);
    assertEquals(dim / 2, frequencies.length);
    for (int i = 0; i < frequencies.length; i++) {
      double period = 4e-3 * Math.pow(1000, i / (frequencies.length - 1.0));
      assertEquals(1, frequencies[i] * period / (2 * Math.PI), 2e-6, "frequency " + i);
      assertTrue(i == 0 || frequencies[i] < frequencies[i - 1], "highest first");
    }
  }

  @Test
  void aSingleFrequencyHasTheShortestPeriodAsTorchsLinspaceGives() {
    assertArrayEquals(new float[] {1 / 4e-3f * 2 * (float) Math.PI}, TimeEmbedding.frequencies(2, 4e-3, 4.0));
  }

  @Test
  void theStepEncodingIsSinesThenCosinesOfFallingFrequencies() {
    float[] values = StepEncoding.sinusoidal(5, 8);
    assertEquals(5 * 8, values.length);
    for (int k = 0; k < 5; k++) {
      for (int j = 0; j < 4; j++) {
        double angle = k / Math.pow(10, j);
        assertEquals(Math.sin(angle), values[8 * k + j], 1e-7, k + " " + j);
        assertEquals(Math.cos(angle), values[8 * k + 4 + j], 1e-7, k + " " + j);
      }
    }
  }

  @Test
  void noTwoActionsOfTheLongestChunkHaveTheSameEncoding() {
    int width = 64;
    float[] values = StepEncoding.sinusoidal(4096, width);
    for (int a = 0; a < 4096; a += 97) {
      for (int b = a + 1; b < 4096; b++) {
        double distance = 0;
        for (int j = 0; j < width; j++) {
          distance += Math.abs(values[a * width + j] - values[b * width + j]);
        }
        assertTrue(distance > 1e-2, a + " and " + b);
      }
    }
  }
}
