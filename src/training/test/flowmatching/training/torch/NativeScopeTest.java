package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // scopes are there to be closed
class NativeScopeTest {
  @BeforeAll
  static void loadLibtorch() {
    new Compute("cpu", Compute.Precision.FP32, 1);
  }

  @Test
  void theResultOutlivesItsScopeAndNothingElseDoes() {
    Tensor[] made = new Tensor[1];
    Tensor result;
    try (PointerScope around = new PointerScope()) {
      result = NativeScope.keepResult(() -> {
        made[0] = torch.ones(2, 3);
        return made[0].mul(new Scalar(7));
      });
      assertTrue(made[0].isNull());
      assertEquals(42, result.sum().item_double());
    }
    assertTrue(result.isNull());
  }

  @Test
  void aTensorOfTheScopeAroundMayBeTheResult() {
    try (PointerScope around = new PointerScope()) {
      Tensor outer = torch.ones(2);
      assertEquals(outer, NativeScope.keepResult(() -> outer));
      assertFalse(outer.isNull());
      assertEquals(2, outer.sum().item_double());
    }
  }

  @Test
  void aTensorThatNoScopeHoldsStays() {
    Tensor weight = torch.ones(2);
    try (PointerScope around = new PointerScope()) {
      assertEquals(weight, NativeScope.keepResult(() -> weight));
    }
    assertFalse(weight.isNull());
    weight.close();
  }

  @Test
  void whatTheBackwardPassNeedsItHolds() {
    try (PointerScope around = new PointerScope()) {
      Tensor x = torch.ones(3).set_requires_grad(true);
      Tensor loss = NativeScope.keepResult(() -> x.mul(new Scalar(3)).square().sum());
      loss.backward();
      assertEquals(54, x.grad().sum().item_double()); // 3 times d(9 x x)/dx = 18
    }
  }
}
