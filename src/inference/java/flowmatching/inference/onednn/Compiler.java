package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.F32;
import static flowmatching.inference.onednn.OneDnn.S8;
import static flowmatching.inference.onednn.OneDnn.U8;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.inference.onednn.Kernels.Fused;
import flowmatching.inference.onednn.Kernels.Quantized;
import flowmatching.inference.onednn.Node.Kind;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a program of a recorded network. Products of large matrices are made in the precision asked for, all else in float32;
 * a value is kept in each of the types that it is read in.
 */
final class Compiler {
  /** Added to the scores of keys that are not there: their weight becomes 0. */
  private static final float ABSENT = -1e9f;

  /** GELU's least value is -0.16997. */
  private static final float GELU_FLOOR = -0.17f;

  private final Natives natives;
  private final SafetensorsFile weights;
  private final Program program = new Program();
  private final Kernels kernels;
  private final Uses uses;
  private final Types types;
  private final Values values;
  private final Map<Node, Quantized> quantized = new HashMap<>();

  /**
   * @param results nodes whose values outlast a run, in float32
   * @param forPrograms the same for other programs, in the type that they take best
   */
  Compiler(
      Natives natives, Precision precision, SafetensorsFile weights, List<Node> nodes, List<Node> results, List<Node> forPrograms) {
    this.natives = natives;
    this.weights = weights;
    this.kernels = new Kernels(natives, program);
    this.uses = new Uses(nodes, Stream.concat(results.stream(), forPrograms.stream()).toList());
    this.types = new Types(precision, uses, Set.copyOf(forPrograms));
    this.values = new Values(natives, kernels, weights);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      if (uses.isNeeded(node) && uses.computed(node) == i) {
        emit(node);
        values.giveBack(uses, i);
      }
    }
  }

  Program program() {
    return program;
  }

  /** Where a result is after a run. */
  Tensor result(Node node) {
    return values.dense(values.any(node));
  }

  private void emit(Node node) {
    if (node.isGiven()) {
      values.put(node, node.tensor);
      return;
    }
    if (node.isConstant()) {
      return; // made where it is read
    }
    Node linear = uses.linearOf(node);
    switch (linear != null ? Kind.LINEAR : node.kind) {
      case LINEAR -> linear(linear == null ? node : linear, node);
      case PATCHES -> patches(node);
      case LAYER_NORM -> layerNorm(node);
      case ATTENTION -> attention(node);
      case ADD -> binary(OneDnn.ADD, node);
      case MULTIPLY -> binary(OneDnn.MULTIPLY, node);
      case RELU, GELU, SILU -> kernels.activation(Fused.activation(algorithm(node.kind), node.kind == Kind.RELU ? 0 : 1), values.dense(node.inputs.get(0)), values.make(node, F32));
      case SIN, COS -> sine(node);
      case CONCAT -> concat(node);
      case SLICE -> values.put(node, values.any(node.inputs.get(0)).slice(node.number, node.from, node.shape[node.number]));
      case RESHAPE -> values.put(node, values.dense(values.any(node.inputs.get(0))).reshape(node.shape));
      case REPEAT -> kernels.binary(
          OneDnn.ADD, natives.constant(new float[node.count()], node.shape), values.in(F32, node.inputs.get(0)), List.of(), values.make(node, F32));
      default -> throw new IllegalStateException("not computed: " + node.kind);
    }
  }

  private static int algorithm(Kind kind) {
    return kind == Kind.RELU ? OneDnn.RELU : kind == Kind.GELU ? OneDnn.GELU_ERF : OneDnn.SWISH;
  }

  private void linear(Node linear, Node end) {
    Node x = linear.inputs.get(0);
    int out = linear.inputs.get(1).shape[0];
    int in = linear.inputs.get(1).shape[1];
    int rows = x.count() / in;
    int type = types.product(linear);
    Node bias = linear.inputs.get(2);
    List<Fused> fused = chain(linear, out);
    Tensor to = values.make(end, types.kept(end)).reshape(rows, out);
    try (Natives once = new Natives(natives)) {
      Tensor weight = Constants.tensor(linear.inputs.get(1), weights, once);
      if (type == S8) {
        kernels.linear(quantize(x, rows, in), ByteWeight.of(weight, once), bias == null ? null : Constants.of(bias, weights), fused, to);
      } else {
        kernels.linear(values.dense(values.in(type, x)).reshape(rows, in), weight, bias == null ? null : values.in(F32, bias), fused, to);
      }
    }
  }

  private List<Fused> chain(Node linear, int width) {
    List<Fused> fused = new ArrayList<>();
    Node before = linear;
    for (Node next : uses.chain(linear)) {
      if (next.inputs.size() == 1) {
        fused.add(Fused.activation(algorithm(next.kind), next.kind == Kind.RELU ? 0 : 1));
      } else {
        Node other = next.inputs.get(0) == before ? next.inputs.get(1) : next.inputs.get(0);
        Tensor operand = values.dense(other).reshape(other.count() / width, width);
        fused.add(Fused.with(next.kind == Kind.ADD ? OneDnn.ADD : OneDnn.MULTIPLY, operand));
      }
      before = next;
    }
    return fused;
  }

  private Quantized quantize(Node x, int rows, int columns) {
    float floor = x.kind == Kind.GELU ? GELU_FLOOR : Float.NEGATIVE_INFINITY;
    return quantized.computeIfAbsent(
        x, node -> kernels.quantize(values.dense(values.any(node)).reshape(rows, columns), floor, values.temporary(node, U8, rows, columns)));
  }

  /** [1, 3, H, W] to [1, patches, 3 * patch * patch], row by row. */
  private void patches(Node node) {
    Tensor images = values.dense(node.inputs.get(0));
    int patch = node.number;
    int height = images.shape()[2];
    int width = images.shape()[3];
    int[] sizes = {height / patch, width / patch, 3, patch, patch};
    Tensor from = images.as(sizes, (long) patch * width, patch, (long) height * width, width, 1);
    kernels.copy(from, values.make(node, types.kept(node)).reshape(sizes));
  }

  private void layerNorm(Node node) {
    int width = node.last();
    int rows = node.count() / width;
    Tensor x = values.dense(node.inputs.get(0)).reshape(rows, width);
    kernels.layerNorm(
        x, values.in(F32, node.inputs.get(1)), values.in(F32, node.inputs.get(2)), node.epsilon, values.make(node, types.kept(node)).reshape(rows, width));
  }

  private void attention(Node node) {
    int type = types.attention();
    int heads = node.number;
    Tensor query = heads(values.in(type, node.inputs.get(0)), heads);
    Tensor key = heads(values.in(type, node.inputs.get(1)), heads);
    Tensor oneOrMore = values.in(type, node.inputs.get(2));
    // Where a batch has one key each and their values lie apart, oneDNN 3.13 reads what is between them.
    Tensor value = heads(oneOrMore.shape()[1] == 1 ? values.dense(oneOrMore) : oneOrMore, heads);
    int n = query.shape()[2];
    int m = key.shape()[2];
    int width = query.shape()[3];
    List<Fused> fused = new ArrayList<>();
    fused.add(Fused.scale((float) (1 / Math.sqrt(width)), 0));
    if (node.inputs.get(3) != null) {
      fused.add(Fused.with(OneDnn.ADD, mask(node, m)));
    }
    int batch = query.shape()[0];
    Tensor scores = values.temporary(node, F32, batch, heads, n, m);
    long[] s = key.strides();
    kernels.product(query, key.as(new int[] {batch, heads, width, m}, s[0], s[1], s[3], s[2]), fused, scores);
    Tensor shares = type == F32 ? scores : values.temporary(node, type, batch, heads, n, m);
    kernels.softmax(scores, shares);
    kernels.product(shares, value, List.of(), heads(values.make(node, types.kept(node)), heads));
  }

  /** 0 for keys that are there, {@link #ABSENT} for those that are not: (present - 1) * 1e9. */
  private Tensor mask(Node node, int keys) {
    Tensor present = values.dense(node.inputs.get(3));
    int[] shape = {present.shape()[0], 1, 1, keys};
    Tensor mask = values.temporary(node, F32, shape);
    kernels.activation(Fused.scale(-ABSENT, ABSENT), present.reshape(shape), mask);
    return mask;
  }

  /** [B, n, width] as [B, heads, n, width / heads]. */
  private static Tensor heads(Tensor x, int heads) {
    int width = x.shape()[2] / heads;
    return x.as(new int[] {x.shape()[0], heads, x.shape()[1], width}, x.strides()[0], width, x.strides()[1], 1);
  }

  private void binary(int algorithm, Node node) {
    Tensor a = values.in(F32, node.inputs.get(0)).rank(node.shape.length);
    Tensor b = values.in(F32, node.inputs.get(1)).rank(node.shape.length);
    boolean whole = Node.count(a.shape()) == node.count();
    kernels.binary(algorithm, values.dense(whole ? a : b), values.dense(whole ? b : a), List.of(), values.make(node, F32));
  }

  private void sine(Node node) {
    FloatBuffer from = values.dense(node.inputs.get(0)).floats();
    FloatBuffer to = values.make(node, F32).floats();
    boolean sine = node.kind == Kind.SIN;
    int count = node.count();
    program.add(() -> {
      for (int i = 0; i < count; i++) {
        to.put(i, (float) (sine ? Math.sin(from.get(i)) : Math.cos(from.get(i))));
      }
    });
  }

  private void concat(Node node) {
    Tensor to = values.make(node, F32);
    int at = 0;
    for (Node part : node.inputs) {
      int length = part.shape[node.number];
      kernels.copy(values.in(F32, part), to.slice(node.number, at, length));
      at += length;
    }
  }
}
