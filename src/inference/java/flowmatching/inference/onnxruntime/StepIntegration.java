package flowmatching.inference.onnxruntime;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnxruntime.OnnxModel.Binding;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.DirectBuffers;
import java.nio.FloatBuffer;

/** One run an evaluation, of the model of one step. */
final class StepIntegration extends Integration {
  private final FloatBuffer previous;
  private final FloatBuffer evaluation;
  private final FloatBuffer nextY;
  private final FloatBuffer nextBase;
  private final FloatBuffer velocity;

  StepIntegration(FlowMatchingConfig config, int batch, Binding model) {
    super(config, batch, model);
    previous = DirectBuffers.floats(values);
    evaluation = DirectBuffers.floats(OnnxModels.EVALUATION);
    nextY = DirectBuffers.floats(values);
    nextBase = DirectBuffers.floats(values);
    velocity = DirectBuffers.floats(values);
    model.input("previous", previous, chunk).input("evaluation", evaluation, OnnxModels.EVALUATION);
    model.output("next_y", nextY, chunk).output("next_base", nextBase, chunk).output("velocity", velocity, chunk);
  }

  @Override
  FloatBuffer evaluate(IntegrationPlan plan, Guidance guidance) {
    clear(previous);
    for (int i = 0; i < plan.evaluations(); i++) {
      float t = plan.times()[i];
      evaluation.put(0, t).put(1, plan.previousWeights()[i]).put(2, plan.velocityWeights()[i]).put(3, plan.advances()[i] ? 1 : 0).put(4, gain(guidance, t));
      model.run();
      y.put(0, nextY, 0, values);
      base.put(0, nextBase, 0, values);
      previous.put(0, velocity, 0, values);
    }
    return y;
  }
}
