package flowmatching.inference.onnxruntime;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.inference.onnxruntime.OnnxModel.Binding;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.DirectBuffers;
import java.nio.FloatBuffer;

/** Integrates chunks by a model that has the condition among its inputs, which the session ties. */
abstract class Integration {
  /** The model, its chunk and guidance tied. */
  final Binding model;
  final int values;
  final long[] chunk;
  final FloatBuffer y;
  final FloatBuffer base;
  private final FloatBuffer target;
  private final FloatBuffer weights;

  Integration(FlowMatchingConfig config, int batch, Binding model) {
    this.model = model;
    values = batch * config.chunkLength() * config.maxActionDim();
    chunk = new long[] {batch, config.chunkLength(), config.maxActionDim()};
    y = DirectBuffers.floats(values);
    base = DirectBuffers.floats(values);
    target = DirectBuffers.floats(values);
    weights = DirectBuffers.floats(config.chunkLength());
    model.input("y", y, chunk).input("base", base, chunk).input("target", target, chunk).input("weights", weights, config.chunkLength(), 1);
  }

  /** Makes a plan's evaluations, from {@link #y} and {@link #base}; the result is in the buffer that it gives. */
  abstract FloatBuffer evaluate(IntegrationPlan plan, Guidance guidance);

  /** @param x the noise, then the chunk */
  final void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    base.put(0, x);
    run(plan, guidance, x, x);
  }

  final void velocity(float[] x, float t, float[] velocity) {
    // One evaluation with base 0 and weight 1 leaves the velocity itself.
    clear(base);
    run(IntegrationPlan.evaluationAt(t), null, x, velocity);
  }

  private void run(IntegrationPlan plan, Guidance guidance, float[] x, float[] into) {
    y.put(0, x);
    if (guidance != null) {
      target.put(0, guidance.target());
      weights.put(0, guidance.weights());
    }
    evaluate(plan, guidance).get(0, into, 0, values);
  }

  static void clear(FloatBuffer buffer) {
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, 0);
    }
  }

  static float gain(Guidance guidance, float t) {
    return guidance == null ? 0 : guidance.gain(t);
  }
}
