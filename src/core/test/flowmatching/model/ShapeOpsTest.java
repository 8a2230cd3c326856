package flowmatching.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShapeOpsTest {
  private final ShapeOps ops = new ShapeOps();

  private static int[] shape(int... sizes) {
    return sizes;
  }

  @Test
  void shapesFollowTheOperations() {
    assertArrayEquals(shape(2, 5, 7), ops.linear(shape(2, 5, 3), shape(7, 3), shape(7)));
    assertEquals(2 * 2 * 5 * 7 * 3, ops.flops());
    assertArrayEquals(shape(2, 6, 8), ops.patches(shape(2, 3, 8, 12), shape(8, 3, 4, 4), shape(8)));
    assertArrayEquals(shape(4, 5, 7), ops.add(shape(4, 1, 7), shape(5, 7)));
    assertArrayEquals(shape(2, 9), ops.concat(1, List.of(shape(2, 4), shape(2, 5))));
    assertArrayEquals(shape(2, 3), ops.slice(shape(2, 9), 1, 4, 7));
    assertArrayEquals(shape(6, 4), ops.reshape(shape(2, 3, 4), -1, 4));
    assertArrayEquals(shape(2, 50, 4), ops.repeat(shape(2, 1, 4), 1, 50));
    assertArrayEquals(shape(2, 5, 8), ops.attention(shape(2, 5, 8), shape(2, 9, 8), shape(2, 9, 8), 4, shape(2, 9), 0));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertRefused(() -> ops.linear(shape(2, 4), shape(7, 3), shape(7)));
    assertRefused(() -> ops.linear(shape(2, 3), shape(7, 3), shape(6)));
    assertRefused(() -> ops.patches(shape(1, 3, 9, 8), shape(8, 3, 4, 4), shape(8)));
    assertRefused(() -> ops.layerNorm(shape(2, 4), shape(3), shape(3), 0));
    assertRefused(() -> ops.add(shape(2, 4), shape(3)));
    assertRefused(() -> ops.concat(1, List.of(shape(2, 4), shape(3, 5))));
    assertRefused(() -> ops.slice(shape(2, 4), 1, 2, 5));
    assertRefused(() -> ops.reshape(shape(2, 4), 3, 3));
    assertRefused(() -> ops.reshape(shape(2, 4), -1, 3));
    assertRefused(() -> ops.repeat(shape(2, 4), 1, 3));
    assertRefused(() -> ops.constant(new float[3], 2));
    assertRefused(() -> ops.attention(shape(2, 5, 8), shape(2, 9, 8), shape(2, 9, 8), 3, null, 0));
    assertRefused(() -> ops.attention(shape(2, 5, 8), shape(2, 9, 8), shape(2, 9, 8), 4, shape(2, 8), 0));
  }

  @Test
  void aParameterUsedTwiceMustHaveOneShape() {
    ops.parameter("w", 2, 3);
    ops.parameter("w", 2, 3);
    assertEquals(1, ops.parameters().size());
    assertRefused(() -> ops.parameter("w", 3, 2));
  }

  private static void assertRefused(Runnable operation) {
    assertThrows(IllegalArgumentException.class, operation::run);
  }
}
