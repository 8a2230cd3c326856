package flowmatching.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.flow.RealTimeChunking.Schedule;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RealTimeChunkingTest {
  @Test
  void weightsByHand() {
    // Delay 2, end 5: linspace(1, 0, 5) has the inner points 3/4, 1/2, 1/4.
    assertArrayEquals(new float[] {1, 1, 0.75f, 0.5f, 0.25f, 0, 0}, RealTimeChunking.weights(Schedule.LINEAR, 2, 5, 7));
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 0, 0}, RealTimeChunking.weights(Schedule.ONES, 2, 5, 7));
    assertArrayEquals(new float[] {1, 1, 0, 0, 0, 0, 0}, RealTimeChunking.weights(Schedule.ZEROS, 2, 5, 7));
    float[] falling = RealTimeChunking.weights(Schedule.EXP, 2, 5, 7);
    assertEquals(0.5 * (Math.exp(0.5) - 1) / (Math.E - 1), falling[3], 1e-7);
  }

  @Test
  void anExponentialFallLiesBelowAnEvenOne() {
    float[] even = RealTimeChunking.weights(Schedule.LINEAR, 3, 20, 30);
    float[] fast = RealTimeChunking.weights(Schedule.EXP, 3, 20, 30);
    for (int i = 3; i < 20; i++) {
      assertTrue(fast[i] > 0 && fast[i] < even[i], "action " + i);
    }
  }

  @Test
  void aDelayBeyondTheEndHoldsNothingAfterTheEnd() {
    for (Schedule schedule : Schedule.values()) {
      assertArrayEquals(new float[] {1, 1, 1, 0, 0}, RealTimeChunking.weights(schedule, 9, 3, 5), schedule.name());
      assertArrayEquals(new float[5], RealTimeChunking.weights(schedule, 9, 0, 5), schedule.name());
    }
  }

  @Test
  void aPrefixShorterThanTheChunkIsFilledWithZerosOfWeightZero() {
    float[] prefix = {1, 2, 3, 4};
    Guidance guidance = RealTimeChunking.guidance(prefix, 2, 4, 2, Schedule.ONES, 1, 10, 5);
    assertArrayEquals(new float[] {1, 2, 3, 4, 0, 0, 0, 0}, guidance.target());
    assertArrayEquals(new float[] {1, 1, 0, 0}, guidance.weights());
    assertEquals(5, guidance.maximumGain());
  }

  @Test
  void aPrefixLongerThanTheChunkIsCut() {
    float[] prefix = new float[12];
    Arrays.fill(prefix, 3);
    Guidance guidance = RealTimeChunking.guidance(prefix, 6, 2, 2, Schedule.ONES, 0, 6, 5);
    assertArrayEquals(new float[] {3, 3, 3, 3}, guidance.target());
    assertArrayEquals(new float[] {1, 1}, guidance.weights());
  }

  @Test
  void theGainFollowsItsFormulaAndIsSmallestInTheMiddle() {
    Guidance guidance = new Guidance(new float[1], new float[1], 1000);
    // t = 1/4: (1/4)/(3/4) * (1/16 + 9/16) / (1/16) = 1/3 * 10.
    assertEquals((float) (10.0 / 3), guidance.gain(0.25f));
    assertEquals(2, guidance.gain(0.5f));
    // t = 3/4: 3 * (9/16 + 1/16) / (9/16) = 3 * 10/9.
    assertEquals((float) (10.0 / 3), guidance.gain(0.75f), 1e-6f);
    for (int i = 1; i < 100; i++) {
      assertTrue(guidance.gain(i / 100f) >= 2, "time " + i);
    }
  }
}
