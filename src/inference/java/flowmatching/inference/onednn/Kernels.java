package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.F32;
import static flowmatching.inference.onednn.OneDnn.check;

import flowmatching.inference.onednn.Program.Execution;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Adds primitives to a program. Every method takes what it reads first and what it writes last. */
final class Kernels {
  /** Smallest range: a tensor of zeros is divided by something. */
  private static final float SMALLEST = 1e-30f;
  /** Which dimension of a matrix scales go along. */
  private static final int ROWS = 1;
  private static final int COLUMNS = 2;
  private static final float STEPS = 255;

  private final Natives natives;
  private final Program program;
  private final long[] handle = new long[1];

  Kernels(Natives natives, Program program) {
    this.natives = natives;
    this.program = program;
  }

  /**
   * What a product's results go through before they are written.
   *
   * @param algorithm an activation, or {@link OneDnn#ADD} or {@link OneDnn#MULTIPLY} with an operand
   * @param alpha of the activation
   * @param beta of the activation
   * @param operand of the sum or product, in the result's number of dimensions; null for an activation
   */
  record Fused(int algorithm, float alpha, float beta, Tensor operand) {
    static Fused activation(int algorithm, float alpha) {
      return new Fused(algorithm, alpha, 0, null);
    }

    static Fused scale(float factor, float shift) {
      return new Fused(OneDnn.LINEAR, factor, shift, null);
    }

    static Fused with(int algorithm, Tensor operand) {
      return new Fused(algorithm, 0, 0, operand);
    }
  }

  /**
   * Values of 8 bits.
   *
   * @param values as they are stored
   * @param scale one value, what 1 stands for
   * @param zero one value, what stands for 0; a whole number
   */
  record Quantized(Tensor values, Tensor scale, Tensor zero) {}

  /** A program's arguments and attributes while a primitive is made. */
  private final class Call {
    private final List<Long> pairs = new ArrayList<>();
    private final long attributes;

    Call() {
      check(OneDnn.dnnl_primitive_attr_create(handle), "attributes");
      attributes = handle[0];
    }

    Call with(int argument, long memory) {
      pairs.add((long) argument);
      pairs.add(memory);
      return this;
    }

    Call with(int argument, Tensor tensor) {
      return with(argument, natives.memory(tensor));
    }

    Call scales(int argument, int mask, Tensor scales) {
      check(OneDnn.dnnl_primitive_attr_set_scales_mask(attributes, argument, mask), "scales");
      return with(OneDnn.SCALES_OF | argument, scales);
    }

    Call fuse(List<Fused> operations) {
      check(OneDnn.dnnl_post_ops_create(handle), "fused operations");
      long chain = handle[0];
      for (int i = 0; i < operations.size(); i++) {
        Fused fused = operations.get(i);
        if (fused.operand == null) {
          check(OneDnn.dnnl_post_ops_append_eltwise(chain, fused.algorithm, fused.alpha, fused.beta), "fused activation");
        } else {
          check(OneDnn.dnnl_post_ops_append_binary(chain, fused.algorithm, natives.descriptor(fused.operand)), "fused operand");
          with(OneDnn.FUSED * (i + 1) | OneDnn.SOURCE_1, fused.operand);
        }
      }
      check(OneDnn.dnnl_primitive_attr_set_post_ops(attributes, chain), "fused operations");
      OneDnn.dnnl_post_ops_destroy(chain);
      return this;
    }

    /** With the description that {@link #handle} holds. */
    void add(int status, String what) {
      check(status, what);
      program.add(new Execution(natives, handle[0], pairs));
      OneDnn.dnnl_primitive_attr_destroy(attributes);
    }
  }

  /** Copies values to another type or layout. */
  void copy(Tensor from, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, from).with(OneDnn.DESTINATION, to);
    call.add(reorder(natives.descriptor(from), natives.descriptor(to), call.attributes), "copy");
  }

  private int reorder(long from, long to, long attributes) {
    return OneDnn.dnnl_reorder_primitive_desc_create(handle, from, natives.engine(), to, natives.engine(), attributes);
  }

  /**
   * To 8 bits by the range that the values have. What is not a number is lost here, as in oneDNN's ReLU: observations that are
   * not finite are refused before.
   *
   * @param from [rows, columns]
   * @param floor what no value is below, which saves a look at them; negative infinity where that is not known
   * @param values receives them, of type {@link OneDnn#U8}
   */
  Quantized quantize(Tensor from, float floor, Tensor values) {
    int rows = from.shape()[0];
    boolean known = floor > Float.NEGATIVE_INFINITY;
    Tensor maxima = natives.allocate(F32, rows, 1);
    Tensor minima = natives.allocate(F32, rows, 1);
    reduce(OneDnn.MAXIMUM, from, maxima);
    if (known) {
      minima.floats().put(0, floor);
    } else {
      reduce(OneDnn.MINIMUM, from, minima);
    }
    Quantized result = new Quantized(values, natives.allocate(F32, 1), natives.allocate(F32, 1, 1));
    Tensor factor = natives.allocate(F32, 1, 1);
    FloatBuffer above = maxima.floats();
    FloatBuffer below = minima.floats();
    FloatBuffer scale = result.scale.floats();
    FloatBuffer inverse = factor.floats();
    FloatBuffer zero = result.zero.floats();
    program.add(() -> {
      float greatest = SMALLEST;
      float least = 0;
      for (int i = 0; i < rows; i++) {
        greatest = Math.max(greatest, above.get(i));
        least = Math.min(least, below.get(known ? 0 : i));
      }
      float step = (greatest - least) / STEPS;
      scale.put(0, step);
      inverse.put(0, 1 / step);
      zero.put(0, Math.round(-least / step));
    });
    // A reorder with a scale does the same in three times the time.
    binary(OneDnn.MULTIPLY, from, factor, List.of(Fused.with(OneDnn.ADD, result.zero)), values);
    return result;
  }

  /** The greatest, least or sum of each row: [rows, columns] to [rows, 1]. */
  void reduce(int algorithm, Tensor from, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, from).with(OneDnn.DESTINATION, to);
    call.add(
        OneDnn.dnnl_reduction_primitive_desc_create(
            handle, natives.engine(), algorithm, natives.descriptor(from), natives.descriptor(to), 0, 0, call.attributes),
        "reduction");
  }

  /**
   * x W^T + b, in x's type. The weight is copied to the layout that the primitive takes.
   *
   * @param x [rows, in], float32 or bfloat16
   * @param weight [out, in], float32
   * @param bias [out], or null
   * @param to [rows, out]
   */
  void linear(Tensor x, Tensor weight, Tensor bias, List<Fused> fused, Tensor to) {
    linear(new Call(), x, x.type(), weight, bias, fused, to);
  }

  /**
   * The same in 8 bits. What stands for 0 is taken off with the bias: the product would do so too, and more slowly.
   *
   * @param bias [out], or null
   */
  void linear(Quantized x, ByteWeight weight, float[] bias, List<Fused> fused, Tensor to) {
    int out = weight.scales().length;
    float[] sums = weight.sums();
    float[] corrected = new float[out];
    Tensor correctedBias = natives.allocate(F32, out);
    FloatBuffer scale = x.scale.floats();
    FloatBuffer zero = x.zero.floats();
    FloatBuffer into = correctedBias.floats();
    program.add(() -> {
      float taken = zero.get(0) * scale.get(0);
      for (int i = 0; i < out; i++) {
        corrected[i] = (bias == null ? 0 : bias[i]) - taken * sums[i];
      }
      into.put(0, corrected);
    });
    Call call = new Call().scales(OneDnn.SOURCE, 0, x.scale).scales(OneDnn.WEIGHTS, COLUMNS, natives.constant(weight.scales(), out));
    linear(call, x.values, OneDnn.S8, weight.values(), correctedBias, fused, to);
  }

  private void linear(Call call, Tensor x, int type, Tensor weight, Tensor bias, List<Fused> fused, Tensor to) {
    int out = weight.shape()[0];
    int in = weight.shape()[1];
    call.with(OneDnn.SOURCE, x).with(OneDnn.DESTINATION, to).fuse(fused);
    long biasDescriptor = 0;
    if (bias != null) {
      call.with(OneDnn.BIAS, bias.reshape(1, out));
      biasDescriptor = natives.descriptor(bias.reshape(1, out));
    }
    check(
        OneDnn.dnnl_matmul_primitive_desc_create(
            handle, natives.engine(), natives.descriptor(x), natives.anyLayout(type, in, out), biasDescriptor, natives.descriptor(to), call.attributes),
        "product");
    long description = handle[0];
    long layout = OneDnn.dnnl_primitive_desc_query_md(description, OneDnn.WEIGHTS_LAYOUT, 0);
    long stored = natives.allocate(layout);
    store(weight, layout, stored);
    handle[0] = description;
    call.with(OneDnn.WEIGHTS, stored).add(0, "product");
  }

  /** Now, not when the program runs. */
  private void store(Tensor weight, long layout, long stored) {
    Tensor transposed = weight.as(new int[] {weight.shape()[1], weight.shape()[0]}, weight.strides()[1], weight.strides()[0]);
    try (Natives once = new Natives(natives)) {
      Program program = new Program();
      Kernels kernels = new Kernels(once, program);
      Call call = kernels.new Call().with(OneDnn.SOURCE, transposed).with(OneDnn.DESTINATION, stored);
      call.add(kernels.reorder(once.descriptor(transposed), layout, call.attributes), "weight");
      program.run();
    }
  }

  /** Each row divided by its scale, to 8 bits. */
  void divide(Tensor rows, Tensor scales, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, rows).with(OneDnn.DESTINATION, to).scales(OneDnn.DESTINATION, ROWS, scales);
    call.add(reorder(natives.descriptor(rows), natives.descriptor(to), call.attributes), "division");
  }

  /** Products of matrices in the last two dimensions. */
  void product(Tensor a, Tensor b, List<Fused> fused, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, a).with(OneDnn.WEIGHTS, b).with(OneDnn.DESTINATION, to).fuse(fused);
    call.add(
        OneDnn.dnnl_matmul_primitive_desc_create(
            handle, natives.engine(), natives.descriptor(a), natives.descriptor(b), 0, natives.descriptor(to), call.attributes),
        "product");
  }

  /** Over the last dimension. */
  void softmax(Tensor x, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, x).with(OneDnn.DESTINATION, to);
    call.add(
        OneDnn.dnnl_softmax_forward_primitive_desc_create(
            handle, natives.engine(), OneDnn.INFERENCE, OneDnn.SOFTMAX, natives.descriptor(x), natives.descriptor(to), x.shape().length - 1, call.attributes),
        "softmax");
  }

  /** Over the last dimension of [rows, columns]; weight and bias [columns]. */
  void layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, x).with(OneDnn.SCALE, weight).with(OneDnn.SHIFT, bias).with(OneDnn.DESTINATION, to);
    call.add(
        OneDnn.dnnl_layer_normalization_forward_primitive_desc_create(
            handle, natives.engine(), OneDnn.INFERENCE, natives.descriptor(x), natives.descriptor(to), 0, (float) epsilon,
            OneDnn.SCALE_AND_SHIFT, call.attributes),
        "layer norm");
  }

  /** {@link OneDnn#ADD} or {@link OneDnn#MULTIPLY}; b repeats where a is larger. */
  void binary(int algorithm, Tensor a, Tensor b, List<Fused> fused, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, a).with(OneDnn.SOURCE_1, b).with(OneDnn.DESTINATION, to).fuse(fused);
    call.add(
        OneDnn.dnnl_binary_primitive_desc_create(
            handle, natives.engine(), algorithm, natives.descriptor(a), natives.descriptor(b), natives.descriptor(to), call.attributes),
        "sum or product");
  }

  void activation(Fused activation, Tensor x, Tensor to) {
    Call call = new Call().with(OneDnn.SOURCE, x).with(OneDnn.DESTINATION, to);
    call.add(
        OneDnn.dnnl_eltwise_forward_primitive_desc_create(
            handle, natives.engine(), OneDnn.INFERENCE, activation.algorithm, natives.descriptor(x), natives.descriptor(to), activation.alpha,
            activation.beta, call.attributes),
        "activation");
  }
}
