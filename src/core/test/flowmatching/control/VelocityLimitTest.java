package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class VelocityLimitTest {
  @Test
  void theStoppableVelocityUsesTheRoomExactly() {
    Random random = new Random(0);
    for (int round = 0; round < 1000; round++) {
      double room = random.nextDouble() * Math.pow(10, random.nextInt(5) - 3);
      double acceleration = 0.1 + random.nextDouble() * 50;
      double seconds = 0.001 + random.nextDouble() * 0.1;
      double way = 0;
      for (double v = VelocityLimit.stoppable(room, acceleration, seconds); v > 0; v -= acceleration * seconds) {
        way += v * seconds;
      }
      assertEquals(room, way, 1e-9 + 1e-6 * room);
    }
  }

  @Test
  void withoutAnAccelerationLimitTheRoomMayBeUsedAtOnce() {
    assertEquals(5, VelocityLimit.stoppable(0.5, Double.POSITIVE_INFINITY, 0.1));
    assertEquals(0, VelocityLimit.stoppable(-1, 3, 0.1));
    assertTrue(Double.isInfinite(VelocityLimit.stoppable(Double.POSITIVE_INFINITY, 3, 0.1)));
    assertTrue(Double.isInfinite(VelocityLimit.stoppable(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0.1)));
  }

  @Test
  void whereItIsTooLateToStopItBrakesAsHardAsItMay() {
    assertEquals(0.8, VelocityLimit.before(0.1, 2, 1, 2, 0.1), 1e-9);
    assertEquals(0.5, VelocityLimit.before(0.05, 2, 1, 2, 0.1), 1e-9, "but not past the limit");
    assertEquals(-3, VelocityLimit.before(0, -3, 0, 2, 0.1), "the way back is free");
  }
}
