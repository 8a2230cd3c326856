package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;

/**
 * A tensor of the graph that is being emitted.
 *
 * @param name unique in the graph and its subgraphs
 * @param type of its values
 * @param shape sizes by dimension; -1 for a batch that is known only when the graph runs
 * @param scale of a weight in 8 bits, the name of its scales, one a row; the tensor itself is then stored transposed. Else null
 */
record OnnxValue(String name, DataType type, int[] shape, String scale) {
  OnnxValue(String name, DataType type, int[] shape) {
    this(name, type, shape, null);
  }

  /** One of float32. */
  OnnxValue(String name, int[] shape) {
    this(name, DataType.FLOAT, shape, null);
  }

  int rank() {
    return shape.length;
  }

  int last() {
    return shape[shape.length - 1];
  }
}
