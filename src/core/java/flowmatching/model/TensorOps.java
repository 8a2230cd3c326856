package flowmatching.model;

import java.util.List;
import java.util.function.Supplier;

/**
 * The primitives that the policy network is written in. An interpreter computes shapes, emits a graph, or runs and trains.
 *
 * <p>Tensors are float, row major, batch first. The batch may be unknown while a graph is built: a size of -1 in
 * {@link #reshape} stands for it. How precise the arithmetic is and how attention is computed is the interpreter's choice.
 *
 * @param <T> a tensor as the interpreter holds it
 */
public interface TensorOps<T> {
  /** A trained tensor of the checkpoint, by its name in {@code model.safetensors}. */
  T parameter(String name, int... shape);

  /** A tensor that is the same in every checkpoint of this configuration. */
  T constant(float[] values, int... shape);

  /** x W^T + b over the last dimension: x [..., in], weight [out, in], bias [out] or null. */
  T linear(T x, T weight, T bias);

  /** Cuts [B, 3, H, W] into patches and projects each: weight [width, 3, patch, patch]; gives [B, patches, width], row by row. */
  T patches(T images, T weight, T bias);

  /** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last dimension. */
  T layerNorm(T x, T weight, T bias, double epsilon);

  /**
   * softmax(q k^T / sqrt(width / heads)) v, each head on its share of the width.
   *
   * @param query [B, n, width]
   * @param key [B, m, width]
   * @param value [B, m, width]
   * @param present [B, m], 1 where a key may be looked at and 0 where not; null for all
   * @param dropout share of the attention weights dropped in training
   */
  T attention(T query, T key, T value, int heads, T present, double dropout);

  /** Sum; sizes of 1 and missing leading dimensions repeat, as in NumPy. */
  T add(T a, T b);

  /** Product, repeating like {@link #add}. */
  T multiply(T a, T b);

  T relu(T x);

  /** x Phi(x) with the exact normal distribution function. */
  T gelu(T x);

  /** x / (1 + e^-x). */
  T silu(T x);

  T sin(T x);

  T cos(T x);

  /** Joins along a dimension, counted from 0. */
  T concat(int axis, List<T> parts);

  /** The part {@code from} (inclusive) to {@code to} (exclusive) of a dimension. */
  T slice(T x, int axis, int from, int to);

  /** The same values in another shape; at most one size is -1. */
  T reshape(T x, int... shape);

  /** Repeats a dimension of size 1. */
  T repeat(T x, int axis, int count);

  /** Repeats a batch of 1 to the batch of {@code like}. */
  T repeatBatch(T x, T like);

  /** Runs a part of the network, such as a layer; an interpreter may free all that is made within, but the result. */
  default T part(Supplier<T> work) {
    return work.get();
  }

  /** Zeroes a share of the values in training and scales the rest; nothing otherwise. */
  T dropout(T x, double share);
}
