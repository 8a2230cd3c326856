package flowmatching.inference.onnx;

/**
 * A tensor of the graph that is being emitted.
 *
 * @param name unique in the graph and its subgraphs
 * @param shape sizes by dimension; -1 for a batch that is known only when the graph runs
 */
record OnnxValue(String name, int[] shape) {
  int rank() {
    return shape.length;
  }

  int last() {
    return shape[shape.length - 1];
  }
}
