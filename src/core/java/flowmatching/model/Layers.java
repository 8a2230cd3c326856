package flowmatching.model;

/** Layers that several parts of the network share, with the parameter names of PyTorch's modules. */
final class Layers<T> {
  private final TensorOps<T> ops;

  Layers(TensorOps<T> ops) {
    this.ops = ops;
  }

  /** {@code torch.nn.Linear}: x [..., in] to [..., out]. */
  T linear(String name, T x, int in, int out) {
    return ops.linear(x, ops.parameter(name + ".weight", out, in), ops.parameter(name + ".bias", out));
  }

  /** {@code torch.nn.LayerNorm} over the last dimension. */
  T layerNorm(String name, T x, int width, double epsilon) {
    return ops.layerNorm(x, ops.parameter(name + ".weight", width), ops.parameter(name + ".bias", width), epsilon);
  }

  /** {@code torch.nn.MultiheadAttention} of x [B, n, width] with itself; query, key and value are packed in one matrix. */
  T selfAttention(String name, T x, int width, int heads, double dropout) {
    T packed = ops.linear(x, packedWeight(name, width), packedBias(name, width));
    T query = ops.slice(packed, 2, 0, width);
    T key = ops.slice(packed, 2, width, 2 * width);
    T value = ops.slice(packed, 2, 2 * width, 3 * width);
    return linear(name + ".out_proj", ops.attention(query, key, value, heads, null, dropout), width, width);
  }

  /** The same for the first token alone, [B, 1, width]: what no later layer looks at is not computed. */
  T selfAttentionOfFirst(String name, T x, int width, int heads) {
    T weight = packedWeight(name, width);
    T bias = packedBias(name, width);
    T query = ops.linear(ops.slice(x, 1, 0, 1), ops.slice(weight, 0, 0, width), ops.slice(bias, 0, 0, width));
    T rest = ops.linear(x, ops.slice(weight, 0, width, 3 * width), ops.slice(bias, 0, width, 3 * width));
    T key = ops.slice(rest, 2, 0, width);
    T value = ops.slice(rest, 2, width, 2 * width);
    return linear(name + ".out_proj", ops.attention(query, key, value, heads, null, 0), width, width);
  }

  private T packedWeight(String name, int width) {
    return ops.parameter(name + ".in_proj_weight", 3 * width, width);
  }

  private T packedBias(String name, int width) {
    return ops.parameter(name + ".in_proj_bias", 3 * width);
  }
}
