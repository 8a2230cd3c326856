package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.inference.onnxruntime.MatrixProduct;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatrixProductTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itsSpeedIsAPositiveNumber(boolean eightBits) {
    try (MatrixProduct product = new MatrixProduct(eightBits, 1)) {
      double speed = product.gigaflops();
      assertTrue(speed > 0 && Double.isFinite(speed), speed + " GFLOP/s");
    }
  }
}
