package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.PolicyNetwork.Condition;

/**
 * The model of one evaluation of an {@link flowmatching.flow.IntegrationPlan}, guidance and update with it: a runtime that calls it
 * once an evaluation, outputs becoming inputs, needs no arithmetic of its own.
 *
 * <p>Inputs beside the condition: {@code y}, {@code base} (both the noise at first) and {@code previous} (zeros at first), each
 * [B, T, A]; {@code evaluation} [5], of the plan and the guidance: time, weight of the previous velocity, weight of this velocity,
 * 1 where a step ends and else 0, gain (0 for no guidance); {@code target} [B, T, A] and {@code weights} [T, 1] of the guidance.
 * Outputs {@code next_y}, {@code next_base}, {@code velocity}, each [B, T, A].
 */
final class StepModel {
  private final FlowMatchingConfig config;
  private final GraphBuilder graph;
  private final OnnxOps ops;
  private final int[] chunk;

  StepModel(FlowMatchingConfig config, GraphBuilder graph, int batch) {
    this.config = config;
    this.graph = graph;
    this.ops = new OnnxOps(graph);
    this.chunk = new int[] {batch, config.chunkLength(), config.maxActionDim()};
  }

  void emit(Condition<OnnxValue> condition) {
    OnnxValue y = graph.input("y", DataType.FLOAT, chunk);
    OnnxValue base = graph.input("base", DataType.FLOAT, chunk);
    OnnxValue previous = graph.input("previous", DataType.FLOAT, chunk);
    OnnxValue evaluation = graph.input("evaluation", DataType.FLOAT, OnnxModels.EVALUATION);
    OnnxValue target = graph.input("target", DataType.FLOAT, chunk);
    OnnxValue weights = graph.input("weights", DataType.FLOAT, config.chunkLength(), 1);

    OnnxValue t = value(evaluation, 0);
    OnnxValue raw = new PolicyNetwork<>(config, ops).velocity(condition, y, ops.repeatBatch(t, y));
    OnnxValue velocity =
        IntegrateModel.guided(ops, graph.cast(raw, DataType.FLOAT), y, t, value(evaluation, 4), target, weights);
    OnnxValue next = IntegrateModel.next(ops, base, value(evaluation, 1), previous, value(evaluation, 2), velocity);
    // A product with 1 or 0 chooses exactly.
    OnnxValue advances = value(evaluation, 3);
    OnnxValue stays = ops.subtract(graph.scalar(1), advances);
    OnnxValue nextBase = ops.add(ops.multiply(advances, next), ops.multiply(stays, base));

    graph.output("next_y", next);
    graph.output("next_base", nextBase);
    graph.output("velocity", velocity);
  }

  private OnnxValue value(OnnxValue evaluation, int index) {
    return ops.slice(evaluation, 0, index, index + 1);
  }
}
