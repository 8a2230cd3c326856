package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimedChunkTest {
  private static final long MS = 1_000_000;
  private static final List<ActionDimension> DIMENSIONS = List.of(
      new ActionDimension("x", ActionKind.ABSOLUTE, ActionDimension.NOT_MEASURED, JointLimits.NONE),
      new ActionDimension("y", ActionKind.DELTA, ActionDimension.NOT_MEASURED, JointLimits.NONE));

  private static TimedChunk chunk(float... values) {
    return new TimedChunk(new ActionChunk(values.length / 2, 2, values), 0, 10, 0, 1, 0, DIMENSIONS);
  }

  @Test
  void sumsCountAnActionAsFarAsItHasPassed() {
    TimedChunk chunk = chunk(0, 1, 0, 2, 0, 4);
    assertEquals(0, chunk.sum(-1, 1));
    assertEquals(0.5, chunk.sum(0.5, 1));
    assertEquals(2, chunk.sum(1.5, 1));
    assertEquals(7, chunk.sum(3, 1));
    assertEquals(7, chunk.sum(100, 1));
  }

  @Test
  void whatRemainsIsBroughtToTheNewPhase() {
    TimedChunk chunk = chunk(0, 10, 1, 20, 2, 30);
    assertArrayEquals(new float[] {1, 20, 2, 30}, chunk.remaining(100 * MS).values());
    assertArrayEquals(new float[] {0.5f, 15, 1.5f, 25}, chunk.remaining(50 * MS).values(), 1e-5f);
    assertArrayEquals(new float[] {0, 10, 1, 20, 2, 30}, chunk.remaining(-50 * MS).values());
    assertNull(chunk.remaining(250 * MS));
    assertNull(chunk.remaining(5000 * MS));
  }

  @Test
  void anUnusableChunkIsRefusedWithTheJointAndTheAction() {
    BadInputException refusal = assertThrows(BadInputException.class, () -> chunk(0, 0, 0, Float.POSITIVE_INFINITY));
    assertEquals("the policy gave Infinity for joint y in action 1", refusal.getMessage());
    assertThrows(BadInputException.class, TimedChunkTest::chunk);
    assertThrows(BadInputException.class,
        () -> new TimedChunk(new ActionChunk(1, 1, new float[1]), 0, 10, 0, 1, 0, DIMENSIONS));
  }
}
