package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import flowmatching.checkpoint.DType;

/**
 * The type that a graph's large matrix products are made in. Every value of an emitted graph has a type of its own and changes it
 * by casts only (strongly typed), so no runtime chooses for itself.
 *
 * <p>In 16 bits: products with a matrix that {@link HalfWeights} has stored so, the products of attention, and what is between two
 * of them (GELU). In float32: sums along the residual path, layer norms, softmax, flow time, masks, products with small matrices
 * (states and actions go through those), the integration, and all inputs and outputs but the memory.
 */
public enum Precision {
  /** Everything in 32 bits; weights that are stored smaller are widened. */
  FLOAT32(DType.F32, DataType.FLOAT),
  /** 11 significant bits up to 65504. */
  FLOAT16(DType.F16, DataType.FLOAT16),
  /** 8 significant bits, the range of float32. */
  BFLOAT16(DType.BF16, DataType.BFLOAT16);

  private final DType stored;
  private final DataType onnx;

  Precision(DType stored, DataType onnx) {
    this.stored = stored;
    this.onnx = onnx;
  }

  /** The type of the matrices in a weights' file. */
  public DType stored() {
    return stored;
  }

  DataType onnx() {
    return onnx;
  }

  /** Bytes of one value. */
  public int bytes() {
    return stored.bytes();
  }

  /** As logs and file names have it: float16. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
