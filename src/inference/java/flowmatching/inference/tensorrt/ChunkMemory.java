package flowmatching.inference.tensorrt;

import flowmatching.flow.Guidance;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** What a chunk is made of, on both sides: the noise or point, the base, the guidance, the result. */
final class ChunkMemory {
  private static final String[] INPUTS = {"y", "base", "previous"};
  private static final String[] OUTPUTS = {"next_y", "next_base", "velocity"};

  private final Cuda cuda;
  private final Map<String, BytePointer> tensors;
  private final int values;
  private final int steps;
  private final FloatPointer y;
  private final FloatPointer base;
  private final FloatPointer target;
  private final FloatPointer weights;
  private final FloatPointer result;

  /**
   * @param tensors of the step engine, by name
   * @param values of a chunk
   * @param steps actions of a chunk
   */
  ChunkMemory(Cuda cuda, Map<String, BytePointer> tensors, int values, int steps) {
    this.cuda = cuda;
    this.tensors = tensors;
    this.values = values;
    this.steps = steps;
    y = cuda.host(values);
    base = cuda.host(values);
    target = cuda.host(values);
    weights = cuda.host(steps);
    result = cuda.host(values);
    clear(target, values);
    clear(weights, steps);
  }

  private static void clear(FloatPointer memory, int count) {
    memory.put(new float[count], 0, count);
  }

  /** @param from where a step begins; null for zeros */
  void write(float[] point, float[] from, Guidance guidance) {
    y.put(point, 0, values);
    if (from == null) {
      for (int i = 0; i < values; i++) {
        base.put(i, 0);
      }
    } else {
      base.put(from, 0, values);
    }
    if (guidance != null) {
      target.put(guidance.target(), 0, values);
      weights.put(guidance.weights(), 0, steps);
    }
  }

  void read(float[] into) {
    result.get(into, 0, values);
  }

  /** Asks for the copies to the GPU. */
  void send() {
    cuda.toDevice(tensors.get("y"), y, values);
    cuda.toDevice(tensors.get("base"), base, values);
    cuda.clear(tensors.get("previous"), (long) values * Float.BYTES);
    cuda.toDevice(tensors.get("target"), target, values);
    cuda.toDevice(tensors.get("weights"), weights, steps);
  }

  /** Evaluations take turns: what one wrote the next reads. */
  void bind(Engine step, int evaluation) {
    for (int i = 0; i < INPUTS.length; i++) {
      boolean even = evaluation % 2 == 0;
      step.bind(INPUTS[i], tensors.get(even ? INPUTS[i] : OUTPUTS[i]));
      step.bind(OUTPUTS[i], tensors.get(even ? OUTPUTS[i] : INPUTS[i]));
    }
  }

  /** Asks for the copy of what the last of so many evaluations wrote. */
  void fetch(int evaluations) {
    cuda.toHost(result, tensors.get(evaluations % 2 == 0 ? "y" : "next_y"), values);
  }
}
