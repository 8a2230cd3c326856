package flowmatching.inference.onednn;

import flowmatching.inference.onednn.Node.Kind;
import flowmatching.model.ShapeOps;
import flowmatching.model.TensorOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Records the network, in the order in which it is written. Shapes are those of {@link ShapeOps}, but one value may stand for a batch. */
final class NodeOps implements TensorOps<Node> {
  private final ShapeOps shapes = new ShapeOps();
  private final List<Node> nodes = new ArrayList<>();

  /** Every tensor; operands stand before what is made from them. */
  List<Node> nodes() {
    return nodes;
  }

  /** A tensor that is there before the network runs. */
  Node input(Tensor tensor) {
    Node node = add(Kind.INPUT, tensor.shape());
    node.tensor = tensor;
    return node;
  }

  private Node add(Kind kind, int[] shape, Node... inputs) {
    Node node = new Node(kind, shape, Arrays.asList(inputs));
    nodes.add(node);
    return node;
  }

  private static int[] shape(Node node) {
    return node == null ? null : node.shape;
  }

  @Override
  public Node parameter(String name, int... shape) {
    Node node = add(Kind.PARAMETER, shape);
    node.name = name;
    return node;
  }

  @Override
  public Node constant(float[] values, int... shape) {
    Node node = add(Kind.CONSTANT, shape);
    node.values = values;
    return node;
  }

  @Override
  public Node linear(Node x, Node weight, Node bias) {
    int[] shape = shapes.linear(x.shape, weight.shape, shape(bias));
    return narrows(x, bias) ? joined(x, weight, bias, shape) : add(Kind.LINEAR, shape, x, weight, bias);
  }

  /** Whether x is itself a product, of something narrower: one product with both matrices' product is then less work. */
  private static boolean narrows(Node x, Node bias) {
    return x.kind == Kind.LINEAR && x.inputs.get(2) != null && bias != null && x.inputs.get(1).shape[1] < x.last();
  }

  private Node joined(Node first, Node weight, Node bias, int[] shape) {
    int[] both = {weight.shape[0], first.inputs.get(1).shape[1]};
    Node joinedWeight = add(Kind.JOINED_WEIGHT, both, weight, first.inputs.get(1));
    Node joinedBias = add(Kind.JOINED_BIAS, bias.shape, weight, first.inputs.get(2), bias);
    return add(Kind.LINEAR, shape, first.inputs.get(0), joinedWeight, joinedBias);
  }

  /** Patches side by side, then a product. */
  @Override
  public Node patches(Node images, Node weight, Node bias) {
    int[] shape = shapes.patches(images.shape, weight.shape, bias.shape);
    int values = weight.count() / weight.shape[0];
    Node unfolded = add(Kind.PATCHES, new int[] {shape[0], shape[1], values}, images);
    unfolded.number = weight.shape[2];
    return linear(unfolded, reshape(weight, weight.shape[0], values), bias);
  }

  @Override
  public Node layerNorm(Node x, Node weight, Node bias, double epsilon) {
    Node node = add(Kind.LAYER_NORM, x.shape, x, weight, bias);
    node.epsilon = epsilon;
    return node;
  }

  @Override
  public Node attention(Node query, Node key, Node value, int heads, Node present, double dropout) {
    int[] shape = shapes.attention(query.shape, key.shape, value.shape, heads, shape(present), dropout);
    Node node = add(Kind.ATTENTION, shape, query, key, value, present);
    node.number = heads;
    return node;
  }

  @Override
  public Node add(Node a, Node b) {
    return add(Kind.ADD, shapes.add(a.shape, b.shape), a, b);
  }

  @Override
  public Node multiply(Node a, Node b) {
    return add(Kind.MULTIPLY, shapes.multiply(a.shape, b.shape), a, b);
  }

  @Override
  public Node relu(Node x) {
    return add(Kind.RELU, x.shape, x);
  }

  @Override
  public Node gelu(Node x) {
    return add(Kind.GELU, x.shape, x);
  }

  @Override
  public Node silu(Node x) {
    return add(Kind.SILU, x.shape, x);
  }

  @Override
  public Node sin(Node x) {
    return add(Kind.SIN, x.shape, x);
  }

  @Override
  public Node cos(Node x) {
    return add(Kind.COS, x.shape, x);
  }

  @Override
  public Node concat(int axis, List<Node> parts) {
    int[] shape = shapes.concat(axis, parts.stream().map(part -> part.shape).toList());
    Node node = add(Kind.CONCAT, shape, parts.toArray(Node[]::new));
    node.number = axis;
    return node;
  }

  @Override
  public Node slice(Node x, int axis, int from, int to) {
    Node node = add(Kind.SLICE, shapes.slice(x.shape, axis, from, to), x);
    node.number = axis;
    node.from = from;
    return node;
  }

  @Override
  public Node reshape(Node x, int... shape) {
    return add(Kind.RESHAPE, shapes.reshape(x.shape, shape), x);
  }

  @Override
  public Node repeat(Node x, int axis, int count) {
    return add(Kind.REPEAT, shapes.repeat(x.shape, axis, count), x);
  }

  @Override
  public Node repeatBatch(Node x, Node like) {
    return x;
  }

  @Override
  public Node dropout(Node x, double share) {
    return x;
  }
}
