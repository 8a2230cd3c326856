package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.inference.onnxruntime.OnnxModel.Binding;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.DirectBuffers;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** One run a chunk, of the model that loops. */
final class LoopIntegration extends Integration {
  private final FloatBuffer result;
  private FloatBuffer gains;
  private IntegrationPlan bound;

  LoopIntegration(FlowMatchingConfig config, int batch, Binding model) {
    super(config, batch, model);
    result = DirectBuffers.floats(values);
    model.output("x", result, chunk);
  }

  @Override
  FloatBuffer evaluate(IntegrationPlan plan, Guidance guidance) {
    bind(plan);
    for (int i = 0; i < plan.evaluations(); i++) {
      gains.put(i, gain(guidance, plan.times()[i]));
    }
    model.run();
    return result;
  }

  /** Binds a plan's lists; kept until another plan comes, so that a chunk binds nothing. */
  private void bind(IntegrationPlan plan) {
    if (plan == bound) {
      return;
    }
    int n = plan.evaluations();
    model.input("times", DirectBuffers.floats(n).put(0, plan.times()), n);
    model.input("previous_weights", DirectBuffers.floats(n).put(0, plan.previousWeights()), n);
    model.input("velocity_weights", DirectBuffers.floats(n).put(0, plan.velocityWeights()), n);
    ByteBuffer advances = ByteBuffer.allocateDirect(n);
    for (int i = 0; i < n; i++) {
      advances.put(i, (byte) (plan.advances()[i] ? 1 : 0));
    }
    model.input("advances", advances, OnnxJavaType.BOOL, n);
    gains = DirectBuffers.floats(n);
    model.input("gains", gains, n);
    bound = plan;
  }
}
