package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.BF16;
import static flowmatching.inference.onednn.OneDnn.F32;
import static flowmatching.inference.onednn.OneDnn.S8;

import flowmatching.inference.onednn.Node.Kind;
import java.util.Set;
import java.util.regex.Pattern;

/** Which type each product is made in, and each value kept in. */
final class Types {
  /** Matrices with a side smaller than this stay in float32: actions and states go through them. */
  private static final int SMALLEST = 64;

  /** The vision encoder's first block and what follows the attention of the second. */
  private static final Pattern FIRST_BLOCKS = Pattern.compile("encoder_layer_(0|1\\.mlp)\\.");

  private final Precision precision;
  /** What is not in 8 bits and need not be exact. */
  private final int half = OneDnn.hasBfloat16() ? BF16 : F32;
  private final Uses uses;
  private final Set<Node> forPrograms;

  /** @param forPrograms values that other programs take, in products or attention only */
  Types(Precision precision, Uses uses, Set<Node> forPrograms) {
    this.precision = precision;
    this.uses = uses;
    this.forPrograms = forPrograms;
  }

  /**
   * The type of a product's factors. Not in 8 bits: a single row an observation, which is bound by memory and not by arithmetic, and the
   * first products of a picture, whose errors all others inherit.
   */
  int product(Node linear) {
    int[] shape = linear.inputs.get(1).shape;
    if (precision == Precision.FLOAT32 || shape[0] < SMALLEST || shape[1] < SMALLEST) {
      return F32;
    }
    boolean oneRow = linear.count() == linear.shape[0] * shape[0];
    boolean exact = oneRow || linear.inputs.get(0).kind == Kind.PATCHES || FIRST_BLOCKS.matcher(linear.inputs.get(1).origin()).find();
    return precision == Precision.INT8 && !exact ? S8 : half;
  }

  /** The type of queries, keys and values. */
  int attention() {
    return precision == Precision.FLOAT32 ? F32 : half;
  }

  /**
   * The type to make a value in: bfloat16 where nothing reads it that is more exact. What products of float32 make is left in it,
   * as oneDNN has no fast kernel from the one to the other.
   */
  int kept(Node node) {
    Node linear = node.kind == Kind.LINEAR ? node : uses.linearOf(node);
    if (precision == Precision.FLOAT32 || linear != null && product(linear) == F32) {
      return F32;
    }
    boolean bfloat16 = uses.isResult(node)
        ? forPrograms.contains(node)
        : uses.readers(node).stream().allMatch(reader -> takesBfloat16(reader, node));
    return bfloat16 ? half : F32;
  }

  private boolean takesBfloat16(Node reader, Node node) {
    return switch (reader.kind) {
      case LINEAR -> reader.inputs.get(0) == node && product(reader) != F32;
      case ATTENTION -> reader.inputs.get(3) != node;
      case SLICE, RESHAPE -> !uses.isResult(reader) && uses.readers(reader).stream().allMatch(next -> takesBfloat16(next, reader));
      default -> false;
    };
  }
}
