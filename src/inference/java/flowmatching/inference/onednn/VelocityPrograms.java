package flowmatching.inference.onednn;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.PolicyNetwork.Condition;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The velocity, in two programs: what depends on the flow time alone is computed once for each time of a plan and in float32; the
 * rest for every evaluation.
 */
final class VelocityPrograms {
  private final FloatBuffer x;
  private final FloatBuffer time;
  private final FloatBuffer velocity;
  private final Program ofTime;
  private final Program ofPoint;
  /** What the first program leaves and the second takes, each with the time's own copy. */
  private final List<FloatBuffer> computed = new ArrayList<>();
  private final List<FloatBuffer> taken = new ArrayList<>();
  private float[][] kept = {};

  /**
   * @param vector [B, h], memory and present as {@link Condition}'s, each where the conditioning program leaves it
   */
  VelocityPrograms(
      Natives natives, FlowMatchingConfig config, SafetensorsFile weights, Precision precision, Tensor vector, List<Tensor> memory, Tensor present) {
    Tensor point = natives.allocate(OneDnn.F32, vector.shape()[0], config.chunkLength(), config.maxActionDim());
    Tensor t = natives.allocate(OneDnn.F32, 1);
    NodeOps ops = new NodeOps();
    Node pointNode = ops.input(point);
    Node timeNode = ops.input(t);
    Condition<Node> condition = new Condition<>(
        ops.input(vector), memory.stream().map(ops::input).toList(), present == null ? null : ops.input(present));
    Node result = new PolicyNetwork<>(config, ops).velocity(condition, pointNode, timeNode);

    List<Node> boundary = boundary(ops.nodes(), timeNode);
    Compiler first = new Compiler(natives, Precision.FLOAT32, weights, ops.nodes(), boundary, List.of());
    for (Node node : boundary) {
      computed.add(first.result(node).floats());
      node.tensor = natives.allocate(OneDnn.F32, node.shape);
      taken.add(node.tensor.floats());
    }
    Compiler second = new Compiler(natives, precision, weights, ops.nodes(), List.of(result), List.of());
    ofTime = first.program();
    ofPoint = second.program();
    x = point.floats();
    time = t.floats();
    velocity = second.result(result).floats();
  }

  /** What depends on the time alone and is read by what does not. */
  private static List<Node> boundary(List<Node> nodes, Node time) {
    Set<Node> ofTime = new HashSet<>(List.of(time));
    Set<Node> ofOthers = new HashSet<>();
    List<Node> boundary = new ArrayList<>();
    for (Node node : nodes) {
      List<Node> inputs = node.inputs.stream().filter(input -> input != null && !input.isConstant()).toList();
      if (node != time && (node.isGiven() || inputs.stream().anyMatch(ofOthers::contains))) {
        ofOthers.add(node);
        inputs.stream().filter(input -> ofTime.contains(input) && !boundary.contains(input)).forEach(boundary::add);
      } else if (inputs.stream().anyMatch(ofTime::contains)) {
        ofTime.add(node);
      }
    }
    return boundary;
  }

  /** Computes what depends on these times, for {@link #evaluate}. */
  void prepare(float[] times) {
    int width = computed.stream().mapToInt(FloatBuffer::capacity).sum();
    kept = new float[times.length][width];
    for (int e = 0; e < times.length; e++) {
      time.put(0, times[e]);
      ofTime.run();
      int at = 0;
      for (FloatBuffer values : computed) {
        values.get(0, kept[e], at, values.capacity());
        at += values.capacity();
      }
    }
  }

  /**
   * The velocity at a point, for the observation encoded last.
   *
   * @param evaluation which of the times prepared
   */
  void evaluate(int evaluation, float[] point, float[] into) {
    int at = 0;
    for (int i = 0; i < taken.size(); i++) {
      taken.get(i).put(0, kept[evaluation], at, taken.get(i).capacity());
      at += taken.get(i).capacity();
    }
    x.put(0, point);
    ofPoint.run();
    velocity.get(0, into);
  }
}
