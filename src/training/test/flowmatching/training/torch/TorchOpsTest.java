package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TorchOpsTest {
  @ParameterizedTest
  @EnumSource
  void attentionSeesOnlyWhatIsPresent(Compute.Precision precision) {
    Compute compute = new Compute("cpu", precision, 1);
    TorchOps ops = new TorchOps(null, compute, false);
    NativeScope.run(() -> {
      torch.manual_seed(1);
      Tensor query = torch.randn(2, 5, 64);
      Tensor key = torch.randn(2, 6, 64);
      Tensor value = torch.randn(2, 6, 64);
      Tensor present = ops.constant(new float[] {1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0}, 2, 6);
      Tensor masked = compute.autocast(() -> ops.attention(query, key, value, 4, present, 0));
      Tensor shorter = compute.autocast(() -> ops.attention(query, key.narrow(1, 0, 4), value.narrow(1, 0, 4), 4, null, 0));
      double difference = masked.sub(shorter).abs().max().item_double();
      assertEquals(0, difference, precision == Compute.Precision.BF16 ? 0.02 : 1e-5);
    });
  }
}
