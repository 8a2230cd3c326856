package flowmatching.training.torch;

import flowmatching.model.TensorOps;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Runs the network in libtorch, and trains it: what it computes can be differentiated. Works on the device and in the precision of
 * its {@link Compute}.
 *
 * <p>Call it inside a {@link org.bytedeco.javacpp.PointerScope}: every result is native memory.
 */
public final class TorchOps implements TensorOps<Tensor> {
  private final NetworkParameters parameters;
  private final Compute compute;
  private final boolean training;

  /** @param training whether dropout drops */
  public TorchOps(NetworkParameters parameters, Compute compute, boolean training) {
    this.parameters = parameters;
    this.compute = compute;
    this.training = training;
  }

  @Override
  public Tensor parameter(String name, int... shape) {
    return parameters.get(name);
  }

  @Override
  public Tensor constant(float[] values, int... shape) {
    return HostTensor.copy(values, longs(shape), compute);
  }

  @Override
  public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    TensorOptional added = bias == null ? new TensorOptional() : new TensorOptional(bias);
    if (compute.multipliesInOneDnn()) {
      // linear() would be OpenBLAS's, which is slower (by a sixth for 200 rows) and has threads of its own, which spin against libtorch's.
      return NativeScope.keepResult(() -> torch.mkldnn_linear(x.to_mkldnn(), weight, added).to_dense());
    }
    return torch.linear(x, weight, added);
  }

  @Override
  public Tensor patches(Tensor images, Tensor weight, Tensor bias) {
    long patch = weight.size(2);
    long[] stride = {patch, patch};
    Tensor grid = torch.conv2d(images, weight, new TensorOptional(bias), stride, new long[] {0, 0}, new long[] {1, 1}, 1);
    return grid.flatten(2, 3).transpose(1, 2);
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
    return torch.layer_norm(x, new long[] {weight.size(0)}, new TensorOptional(weight), new TensorOptional(bias), epsilon, true);
  }

  @Override
  public Tensor attention(Tensor query, Tensor key, Tensor value, int heads, Tensor present, double dropout) {
    return NativeScope.keepResult(() -> {
      Tensor mask = present == null ? null : present.gt(new Scalar(0)).reshape(present.size(0), 1, 1, present.size(1));
      Tensor q = split(query, heads);
      Tensor k = split(key, heads);
      Tensor v = split(value, heads);
      double dropped = training ? dropout : 0;
      Tensor seen = compute.reducedOnCpu() ? productAttention(q, k, v, mask, dropped) : fusedAttention(q, k, v, mask, dropped);
      return seen.transpose(1, 2).flatten(2, 3);
    });
  }

  private static Tensor fusedAttention(Tensor query, Tensor key, Tensor value, Tensor mask, double dropped) {
    TensorOptional kept = mask == null ? new TensorOptional() : new TensorOptional(mask);
    return torch.scaled_dot_product_attention(query, key, value, kept, dropped, false, new DoubleOptional(), false);
  }

  /** Attention as two products of matrices: on the CPU libtorch 2.13's fused attention is 20 times slower in bfloat16 than in float32. */
  private static Tensor productAttention(Tensor query, Tensor key, Tensor value, Tensor mask, double dropped) {
    Tensor scores = query.mul(new Scalar(1 / Math.sqrt(query.size(3)))).matmul(key.transpose(2, 3));
    if (mask != null) {
      scores = scores.masked_fill(mask.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    }
    Tensor weights = scores.softmax(-1);
    return (dropped > 0 ? torch.dropout(weights, dropped, true) : weights).matmul(value);
  }

  /** [B, n, width] to [B, heads, n, width / heads]. */
  private static Tensor split(Tensor x, int heads) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }

  @Override
  public Tensor add(Tensor a, Tensor b) {
    return a.add(b);
  }

  @Override
  public Tensor multiply(Tensor a, Tensor b) {
    return a.mul(b);
  }

  @Override
  public Tensor relu(Tensor x) {
    return x.relu();
  }

  @Override
  public Tensor gelu(Tensor x) {
    return torch.gelu(x);
  }

  @Override
  public Tensor silu(Tensor x) {
    return torch.silu(x);
  }

  @Override
  public Tensor sin(Tensor x) {
    return x.sin();
  }

  @Override
  public Tensor cos(Tensor x) {
    return x.cos();
  }

  @Override
  public Tensor concat(int axis, List<Tensor> parts) {
    return torch.cat(new TensorVector(parts.toArray(Tensor[]::new)), axis);
  }

  @Override
  public Tensor slice(Tensor x, int axis, int from, int to) {
    return x.narrow(axis, from, to - from);
  }

  @Override
  public Tensor reshape(Tensor x, int... shape) {
    return x.reshape(longs(shape));
  }

  @Override
  public Tensor repeat(Tensor x, int axis, int count) {
    long[] sizes = x.sizes().vec().get();
    sizes[axis] = count;
    return x.expand(sizes);
  }

  @Override
  public Tensor repeatBatch(Tensor x, Tensor like) {
    return repeat(x, 0, Math.toIntExact(like.size(0)));
  }

  @Override
  public Tensor part(Supplier<Tensor> work) {
    return NativeScope.keepResult(work);
  }

  @Override
  public Tensor dropout(Tensor x, double share) {
    return training && share > 0 ? torch.dropout(x, share, true) : x;
  }

  private static long[] longs(int[] shape) {
    long[] sizes = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
    }
    return sizes;
  }
}
