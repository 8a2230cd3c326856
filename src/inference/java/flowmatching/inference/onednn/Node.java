package flowmatching.inference.onednn;

import java.util.List;

/** A tensor of the recorded network: which operation makes it, and from what. */
final class Node {
  /** What makes a tensor. */
  enum Kind {
    INPUT, PARAMETER, CONSTANT, LINEAR, PATCHES, LAYER_NORM, ATTENTION, ADD, MULTIPLY, RELU, GELU, SILU, SIN, COS, CONCAT, SLICE, RESHAPE, REPEAT,
    /** Weight and bias of two products with nothing between them. */
    JOINED_WEIGHT, JOINED_BIAS
  }

  final Kind kind;
  final int[] shape;
  /** Operands; a missing bias or mask is null. */
  final List<Node> inputs;
  /** Of a parameter. */
  String name;
  /** Of a constant. */
  float[] values;
  /** Of a layer norm: epsilon. */
  double epsilon;
  /** Of an attention: heads. Of a slice or concat: the dimension. */
  int number;
  /** Of a slice: where it begins. */
  int from;
  /** Where its values lie, of an input and of what another program computes; else null. */
  Tensor tensor;

  Node(Kind kind, int[] shape, List<Node> inputs) {
    this.kind = kind;
    this.shape = shape;
    this.inputs = inputs;
  }

  static int count(int[] shape) {
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    return count;
  }

  int count() {
    return count(shape);
  }

  int last() {
    return shape[shape.length - 1];
  }

  /** Whether its values are there before the program runs, and may change. */
  boolean isGiven() {
    return tensor != null;
  }

  /** Whether its values are the same in every run. */
  boolean isConstant() {
    return switch (kind) {
      case PARAMETER, CONSTANT, JOINED_WEIGHT, JOINED_BIAS -> true;
      case SLICE, RESHAPE -> !isGiven() && inputs.get(0).isConstant();
      default -> false;
    };
  }

  /** The name of the parameter that a constant is, or is a part of; empty for one that is made of several or of none. */
  String origin() {
    return kind == Kind.PARAMETER ? name : isView() ? inputs.get(0).origin() : "";
  }

  /** Whether its values lie in those of its only operand. */
  boolean isView() {
    return kind == Kind.SLICE || kind == Kind.RESHAPE;
  }
}
