package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import flowmatching.inference.onnx.GraphBuilder.Attributes;
import flowmatching.model.TensorOps;
import java.util.List;

/**
 * Interprets the network by emitting ONNX nodes (opset 20), strongly typed. A product has the type of its matrix, see
 * {@link Precision}; where a matrix is stored in 8 bits its product is made in 8 bits too, by an operator of ONNX Runtime's own.
 * Two values of different types meet in float32.
 */
final class OnnxOps implements TensorOps<OnnxValue> {
  /** Pushes a masked key's weight to zero without the NaN that minus infinity gives where all are masked. */
  private static final float MASKED = -1e9f;

  private final GraphBuilder graph;

  OnnxOps(GraphBuilder graph) {
    this.graph = graph;
  }

  @Override
  public OnnxValue parameter(String name, int... shape) {
    return graph.weight(name, shape);
  }

  @Override
  public OnnxValue constant(float[] values, int... shape) {
    return graph.floats(values, shape);
  }

  @Override
  public OnnxValue linear(OnnxValue x, OnnxValue weight, OnnxValue bias) {
    int out = weight.shape()[0];
    // Gemm takes the weight as PyTorch stores it, [out, in]; MatMul would need a transposed copy of every matrix.
    OnnxValue typed = graph.cast(x, weight.type());
    OnnxValue rows = x.rank() == 2 ? typed : reshape(typed, -1, x.last());
    OnnxValue y = weight.scale() == null ? product(rows, weight, bias) : quantizedProduct(rows, weight, bias);
    if (x.rank() == 2) {
      return y;
    }
    int[] shape = x.shape().clone();
    shape[shape.length - 1] = out;
    return reshape(y, shape);
  }

  private OnnxValue product(OnnxValue rows, OnnxValue weight, OnnxValue bias) {
    OnnxValue[] inputs =
        bias == null ? new OnnxValue[] {rows, weight} : new OnnxValue[] {rows, weight, graph.cast(bias, weight.type())};
    return graph.node("Gemm", new int[] {rows.shape()[0], weight.shape()[0]}, new Attributes().set("transB", 1L), inputs);
  }

  /** Measures the range of x, takes it to 8 bits, multiplies whole numbers and scales the sums. */
  private OnnxValue quantizedProduct(OnnxValue rows, OnnxValue weight, OnnxValue bias) {
    int out = weight.shape()[0];
    OnnxValue scale = new OnnxValue(weight.scale(), new int[] {out});
    OnnxValue none = new OnnxValue("", new int[0]);
    OnnxValue[] inputs =
        bias == null ? new OnnxValue[] {rows, weight, scale} : new OnnxValue[] {rows, weight, scale, none, bias};
    return graph.runtimeNode("DynamicQuantizeMatMul", new int[] {rows.shape()[0], out}, inputs);
  }

  @Override
  public OnnxValue patches(OnnxValue images, OnnxValue weight, OnnxValue bias) {
    int width = weight.shape()[0];
    int patch = weight.shape()[2];
    int rows = images.shape()[2] / patch;
    int columns = images.shape()[3] / patch;
    Attributes attributes = new Attributes().set("kernel_shape", patch, patch).set("strides", patch, patch);
    OnnxValue grid = graph.node("Conv", new int[] {images.shape()[0], width, rows, columns}, attributes,
        graph.cast(images, weight.type()), weight, graph.cast(bias, weight.type()));
    return transpose(reshape(grid, -1, width, rows * columns), 0, 2, 1);
  }

  @Override
  public OnnxValue layerNorm(OnnxValue x, OnnxValue weight, OnnxValue bias, double epsilon) {
    return graph.node("LayerNormalization", x.shape(), new Attributes().set("axis", -1L).set("epsilon", epsilon), widened(x), widened(weight), widened(bias));
  }

  @Override
  public OnnxValue attention(OnnxValue query, OnnxValue key, OnnxValue value, int heads, OnnxValue present, double dropout) {
    int width = query.last();
    int size = width / heads;
    DataType type = query.type();
    OnnxValue scale = graph.cast(graph.scalar((float) (1 / Math.sqrt(size))), type);
    OnnxValue q = multiply(splitHeads(query, heads, 0, 2, 1, 3), scale);
    OnnxValue scores = widened(matmul(q, splitHeads(graph.cast(key, type), heads, 0, 2, 3, 1)));
    if (present != null) {
      // 1 becomes 0 and 0 becomes MASKED.
      OnnxValue bias = multiply(add(present, graph.scalar(-1)), graph.scalar(-MASKED));
      scores = add(scores, reshape(bias, -1, 1, 1, present.last()));
    }
    OnnxValue weights = graph.node("Softmax", scores.shape(), new Attributes().set("axis", -1L), scores);
    OnnxValue seen = matmul(graph.cast(weights, type), splitHeads(graph.cast(value, type), heads, 0, 2, 1, 3));
    return reshape(transpose(seen, 0, 2, 1, 3), -1, query.shape()[1], width);
  }

  private OnnxValue widened(OnnxValue x) {
    return graph.cast(x, DataType.FLOAT);
  }

  private OnnxValue splitHeads(OnnxValue x, int heads, int... order) {
    return transpose(reshape(x, -1, x.shape()[1], heads, x.last() / heads), order);
  }

  private OnnxValue matmul(OnnxValue a, OnnxValue b) {
    int[] shape = a.shape().clone();
    shape[shape.length - 1] = b.last();
    return graph.node("MatMul", shape, new Attributes(), a, b);
  }

  OnnxValue transpose(OnnxValue x, int... order) {
    int[] shape = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      shape[i] = x.shape()[order[i]];
    }
    return graph.node("Transpose", shape, new Attributes().set("perm", order), x);
  }

  /** Of planes [B, C, height, width], between pixel centres, without antialiasing. */
  OnnxValue resizeBilinear(OnnxValue planes, int height, int width) {
    int[] shape = {planes.shape()[0], planes.shape()[1], height, width};
    OnnxValue none = new OnnxValue("", new int[0]);
    Attributes attributes = new Attributes().set("mode", "linear").set("coordinate_transformation_mode", "half_pixel");
    return graph.node("Resize", shape, attributes, planes, none, none, graph.longs(shape[0], shape[1], height, width));
  }

  @Override
  public OnnxValue add(OnnxValue a, OnnxValue b) {
    return binary("Add", a, b);
  }

  @Override
  public OnnxValue multiply(OnnxValue a, OnnxValue b) {
    return binary("Mul", a, b);
  }

  OnnxValue subtract(OnnxValue a, OnnxValue b) {
    return binary("Sub", a, b);
  }

  private OnnxValue binary(String type, OnnxValue a, OnnxValue b) {
    boolean same = a.type() == b.type();
    return graph.node(type, broadcast(a, b), new Attributes(), same ? a : widened(a), same ? b : widened(b));
  }

  private static int[] broadcast(OnnxValue a, OnnxValue b) {
    int[] shape = new int[Math.max(a.rank(), b.rank())];
    for (int i = 1; i <= shape.length; i++) {
      int left = i <= a.rank() ? a.shape()[a.rank() - i] : 1;
      int right = i <= b.rank() ? b.shape()[b.rank() - i] : 1;
      // An unknown batch (-1) meets itself or 1.
      shape[shape.length - i] = left == 1 ? right : left;
    }
    return shape;
  }

  @Override
  public OnnxValue relu(OnnxValue x) {
    return graph.node("Relu", x.shape(), new Attributes(), x);
  }

  @Override
  public OnnxValue gelu(OnnxValue x) {
    return graph.node("Gelu", x.shape(), new Attributes(), x);
  }

  @Override
  public OnnxValue silu(OnnxValue x) {
    return multiply(x, graph.node("Sigmoid", x.shape(), new Attributes(), x));
  }

  @Override
  public OnnxValue sin(OnnxValue x) {
    return graph.node("Sin", x.shape(), new Attributes(), x);
  }

  @Override
  public OnnxValue cos(OnnxValue x) {
    return graph.node("Cos", x.shape(), new Attributes(), x);
  }

  @Override
  public OnnxValue concat(int axis, List<OnnxValue> parts) {
    int[] shape = parts.get(0).shape().clone();
    shape[axis] = parts.stream().mapToInt(part -> part.shape()[axis]).sum();
    return graph.node("Concat", shape, new Attributes().set("axis", (long) axis), sameType(parts));
  }

  private OnnxValue[] sameType(List<OnnxValue> parts) {
    boolean same = parts.stream().allMatch(part -> part.type() == parts.get(0).type());
    return parts.stream().map(part -> same ? part : widened(part)).toArray(OnnxValue[]::new);
  }

  @Override
  public OnnxValue slice(OnnxValue x, int axis, int from, int to) {
    int[] shape = x.shape().clone();
    shape[axis] = to - from;
    if (x.scale() != null) {
      return sliceQuantized(x, axis, from, to, shape);
    }
    return graph.node("Slice", shape, new Attributes(), x, graph.longs(from), graph.longs(to), graph.longs(axis));
  }

  /** Stored transposed; rows have scales, columns share them. */
  private OnnxValue sliceQuantized(OnnxValue x, int axis, int from, int to, int[] shape) {
    OnnxValue stored = new OnnxValue(x.name(), new int[] {x.shape()[1], x.shape()[0]});
    String scale = axis == 0 ? slice(new OnnxValue(x.scale(), new int[] {x.shape()[0]}), 0, from, to).name() : x.scale();
    return new OnnxValue(slice(stored, 1 - axis, from, to).name(), x.type(), shape, scale);
  }

  @Override
  public OnnxValue reshape(OnnxValue x, int... shape) {
    long[] sizes = new long[shape.length];
    int[] known = shape.clone();
    long rest = 1;
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
      rest *= shape[i] < 0 ? 1 : shape[i];
    }
    long count = 1;
    for (int size : x.shape()) {
      count *= size;
    }
    for (int i = 0; i < shape.length; i++) {
      if (known[i] < 0 && count > 0) {
        known[i] = Math.toIntExact(count / rest);
      }
    }
    return graph.node("Reshape", known, new Attributes(), x, graph.longs(sizes));
  }

  @Override
  public OnnxValue repeat(OnnxValue x, int axis, int count) {
    int[] shape = x.shape().clone();
    shape[axis] = count;
    long[] sizes = new long[shape.length];
    java.util.Arrays.fill(sizes, 1);
    sizes[axis] = count;
    return graph.node("Expand", shape, new Attributes(), x, graph.longs(sizes));
  }

  @Override
  public OnnxValue repeatBatch(OnnxValue x, OnnxValue like) {
    int batch = like.shape()[0];
    if (batch == 1) {
      return x;
    }
    if (batch > 1) {
      return repeat(x, 0, batch);
    }
    OnnxValue size = graph.node("Shape", new int[] {1}, new Attributes().set("start", 0L).set("end", 1L), like);
    long[] ones = new long[x.rank() - 1];
    java.util.Arrays.fill(ones, 1);
    OnnxValue sizes = graph.node("Concat", new int[] {x.rank()}, new Attributes().set("axis", 0L), size, graph.longs(ones));
    int[] shape = x.shape().clone();
    shape[0] = -1;
    return graph.node("Expand", shape, new Attributes(), x, sizes);
  }

  @Override
  public OnnxValue dropout(OnnxValue x, double share) {
    return x;
  }
}
