package flowmatching.inference.onednn;

/** What products of large matrices are made in. */
enum Precision {
  FLOAT32, BFLOAT16, INT8
}
