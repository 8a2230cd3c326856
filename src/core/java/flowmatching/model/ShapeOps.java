package flowmatching.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Interprets the network on shapes alone: which parameters it has, in which shapes, and how many operations it makes. A wrong size
 * in the network's definition throws here, before any weight is loaded. One object for one pass.
 */
public final class ShapeOps implements TensorOps<int[]> {
  private final Map<String, int[]> parameters = new LinkedHashMap<>();
  private long flops;

  /** Names and shapes of the parameters used so far, in order of first use. */
  public Map<String, int[]> parameters() {
    return parameters;
  }

  /** Floating point operations so far; a multiplication and its addition count as two. Matrix products only. */
  public long flops() {
    return flops;
  }

  static long count(int[] shape) {
    long count = 1;
    for (int size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  @Override
  public int[] parameter(String name, int... shape) {
    int[] known = parameters.putIfAbsent(name, shape);
    check(known == null || Arrays.equals(known, shape), name, known, shape);
    return shape;
  }

  @Override
  public int[] constant(float[] values, int... shape) {
    check(values.length == count(shape), "constant of " + values.length, shape);
    return shape;
  }

  @Override
  public int[] linear(int[] x, int[] weight, int[] bias) {
    check(x[x.length - 1] == weight[1] && (bias == null || bias[0] == weight[0]), "linear", x, weight, bias);
    int[] y = x.clone();
    y[y.length - 1] = weight[0];
    flops += 2 * count(y) * weight[1];
    return y;
  }

  @Override
  public int[] patches(int[] images, int[] weight, int[] bias) {
    check(images.length == 4 && images[1] == weight[1] && images[2] % weight[2] == 0 && images[3] % weight[3] == 0, "patches", images, weight);
    int[] y = {images[0], images[2] / weight[2] * (images[3] / weight[3]), weight[0]};
    flops += 2 * count(y) * weight[1] * weight[2] * weight[3];
    return y;
  }

  @Override
  public int[] layerNorm(int[] x, int[] weight, int[] bias, double epsilon) {
    check(x[x.length - 1] == weight[0] && bias[0] == weight[0], "layerNorm", x, weight, bias);
    return x;
  }

  @Override
  public int[] attention(int[] query, int[] key, int[] value, int heads, int[] present, double dropout) {
    check(query[2] == key[2] && Arrays.equals(key, value) && query[2] % heads == 0, "attention", query, key, value);
    check(present == null || present[0] == key[0] && present[1] == key[1], "attention mask", present, key);
    flops += 4 * count(query) * key[1];
    return query;
  }

  @Override
  public int[] add(int[] a, int[] b) {
    return broadcast("add", a, b);
  }

  @Override
  public int[] multiply(int[] a, int[] b) {
    return broadcast("multiply", a, b);
  }

  private static int[] broadcast(String what, int[] a, int[] b) {
    int[] y = new int[Math.max(a.length, b.length)];
    for (int i = 1; i <= y.length; i++) {
      int left = i <= a.length ? a[a.length - i] : 1;
      int right = i <= b.length ? b[b.length - i] : 1;
      check(left == right || left == 1 || right == 1, what, a, b);
      y[y.length - i] = Math.max(left, right);
    }
    return y;
  }

  @Override
  public int[] relu(int[] x) {
    return x;
  }

  @Override
  public int[] gelu(int[] x) {
    return x;
  }

  @Override
  public int[] silu(int[] x) {
    return x;
  }

  @Override
  public int[] sin(int[] x) {
    return x;
  }

  @Override
  public int[] cos(int[] x) {
    return x;
  }

  @Override
  public int[] concat(int axis, List<int[]> parts) {
    int[] y = parts.get(0).clone();
    y[axis] = 0;
    for (int[] part : parts) {
      int[] rest = part.clone();
      rest[axis] = y[axis];
      check(Arrays.equals(rest, y), "concat", part, y);
      y[axis] += part[axis];
    }
    return y;
  }

  @Override
  public int[] slice(int[] x, int axis, int from, int to) {
    check(from >= 0 && from < to && to <= x[axis], "slice " + from + " to " + to + " of axis " + axis, x);
    int[] y = x.clone();
    y[axis] = to - from;
    return y;
  }

  @Override
  public int[] reshape(int[] x, int... shape) {
    int[] y = shape.clone();
    for (int i = 0; i < y.length; i++) {
      if (y[i] == -1) {
        y[i] = 1;
        y[i] = Math.toIntExact(count(x) / count(y));
      }
    }
    check(count(x) == count(y), "reshape", x, shape);
    return y;
  }

  @Override
  public int[] repeat(int[] x, int axis, int count) {
    check(x[axis] == 1, "repeat", x);
    int[] y = x.clone();
    y[axis] = count;
    return y;
  }

  @Override
  public int[] repeatBatch(int[] x, int[] like) {
    return repeat(x, 0, like[0]);
  }

  @Override
  public int[] dropout(int[] x, double share) {
    return x;
  }

  private static void check(boolean fits, String what, int[]... shapes) {
    if (!fits) {
      throw new IllegalArgumentException(what + ": shapes do not fit: " + Arrays.deepToString(shapes));
    }
  }
}
