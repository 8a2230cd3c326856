package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import flowmatching.inference.onnx.GraphBuilder.Attributes;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.PolicyNetwork.Condition;
import java.util.List;

/**
 * The model that runs a {@link flowmatching.flow.IntegrationPlan} in a loop of its own, with guidance.
 *
 * <p>Inputs beside the condition: {@code y} and {@code base} [B, T, A], both the noise (for a single velocity: the point, and
 * zeros); of the plan {@code times}, {@code previous_weights}, {@code velocity_weights}, {@code advances} (bool), each [N]; of the
 * guidance {@code gains} [N] (zeros for none), {@code target} [B, T, A], {@code weights} [T, 1]. Output {@code x} [B, T, A].
 */
final class IntegrateModel {
  private static final List<String> EVALUATIONS = List.of("evaluations");

  private final FlowMatchingConfig config;
  private final GraphBuilder graph;
  private final int[] chunk;

  IntegrateModel(FlowMatchingConfig config, GraphBuilder graph, int batch) {
    this.config = config;
    this.graph = graph;
    this.chunk = new int[] {batch, config.chunkLength(), config.maxActionDim()};
  }

  void emit(Condition<OnnxValue> condition) {
    OnnxValue y = graph.input("y", DataType.FLOAT, chunk);
    OnnxValue base = graph.input("base", DataType.FLOAT, chunk);
    OnnxValue times = graph.input("times", DataType.FLOAT, EVALUATIONS, -1);
    graph.input("previous_weights", DataType.FLOAT, EVALUATIONS, -1);
    graph.input("velocity_weights", DataType.FLOAT, EVALUATIONS, -1);
    graph.input("advances", DataType.BOOL, EVALUATIONS, -1);
    graph.input("gains", DataType.FLOAT, EVALUATIONS, -1);
    graph.input("target", DataType.FLOAT, chunk);
    graph.input("weights", DataType.FLOAT, config.chunkLength(), 1);

    GraphBuilder body = body(condition);
    OnnxValue count = graph.node("Shape", new int[] {1}, new Attributes(), times);
    // The first evaluation's weight for the previous velocity is 0, so any finite value may stand in for it.
    NodeProto loop =
        NodeProto.newBuilder()
            .setOpType("Loop")
            .setName("integrate")
            .addInput(graph.node("Squeeze", new int[0], new Attributes(), count).name())
            .addInput("")
            .addInput(y.name())
            .addInput(base.name())
            .addInput(base.name())
            .addOutput("last_y")
            .addOutput("last_base")
            .addOutput("last_velocity")
            .addAttribute(AttributeProto.newBuilder().setName("body").setType(AttributeProto.AttributeType.GRAPH).setG(body.build()))
            .build();
    graph.add(loop);
    graph.output("x", new OnnxValue("last_y", chunk));
  }

  private GraphBuilder body(Condition<OnnxValue> condition) {
    GraphBuilder body = graph.subgraph("evaluation");
    OnnxOps ops = new OnnxOps(body);
    OnnxValue index = body.input("index", DataType.INT64);
    OnnxValue more = body.input("more", DataType.BOOL);
    OnnxValue y = body.input("body_y", DataType.FLOAT, chunk);
    OnnxValue base = body.input("body_base", DataType.FLOAT, chunk);
    OnnxValue previous = body.input("body_velocity", DataType.FLOAT, chunk);

    OnnxValue t = ops.reshape(at(body, "times", index), 1);
    OnnxValue times = ops.repeatBatch(t, y);
    OnnxValue raw = body.cast(new PolicyNetwork<>(config, ops).velocity(condition, y, times), DataType.FLOAT);

    OnnxValue weights = new OnnxValue("weights", new int[] {config.chunkLength(), 1});
    OnnxValue velocity = guided(ops, raw, y, t, at(body, "gains", index), new OnnxValue("target", chunk), weights);
    OnnxValue next =
        next(ops, base, at(body, "previous_weights", index), previous, at(body, "velocity_weights", index), velocity);
    OnnxValue advances = body.node(
        "Gather", new int[0], new Attributes().set("axis", 0L), new OnnxValue("advances", DataType.BOOL, new int[] {-1}), index);
    OnnxValue nextBase = body.node("Where", chunk, new Attributes(), advances, next, base);

    body.output("body_more", more);
    body.output("body_next_y", next);
    body.output("body_next_base", new OnnxValue(nextBase.name(), chunk));
    body.output("body_next_velocity", velocity);
    return body;
  }

  private static OnnxValue at(GraphBuilder body, String list, OnnxValue index) {
    return body.node("Gather", new int[0], new Attributes().set("axis", 0L), new OnnxValue(list, new int[] {-1}), index);
  }

  /** {@code v' = v - gain * weight * (target - (y - t v))}, see {@link flowmatching.flow.Guidance}. */
  static OnnxValue guided(OnnxOps ops, OnnxValue raw, OnnxValue y, OnnxValue t, OnnxValue gain, OnnxValue target, OnnxValue weights) {
    OnnxValue end = ops.subtract(y, ops.multiply(t, raw));
    OnnxValue error = ops.subtract(target, end);
    return ops.subtract(raw, ops.multiply(ops.multiply(gain, weights), error));
  }

  /** {@code y' = base + previousWeight * previous + velocityWeight * v}, see {@link flowmatching.flow.IntegrationPlan}. */
  static OnnxValue next(
      OnnxOps ops, OnnxValue base, OnnxValue previousWeight, OnnxValue previous, OnnxValue velocityWeight, OnnxValue velocity) {
    return ops.add(ops.add(base, ops.multiply(previousWeight, previous)), ops.multiply(velocityWeight, velocity));
  }
}
