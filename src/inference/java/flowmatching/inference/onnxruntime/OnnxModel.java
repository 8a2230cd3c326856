package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import flowmatching.BadInputException;
import flowmatching.runtime.RuntimeOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One ONNX model, loaded. {@link #bind} gives a way to run it. */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OnnxEnvironment.get();
  private final OrtSession session;
  private final List<Binding> bindings = new ArrayList<>();
  private boolean closed;

  /**
   * @param model the serialised model
   * @param weights the file its external data is in
   */
  OnnxModel(byte[] model, Path weights, RuntimeOptions runtime) {
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(runtime.threads());
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", runtime.spinning() ? "1" : "0");
      // The fused kernel takes three times as long as the two it replaces (version 1.29, 50 x 1024 values).
      options.addConfigEntry("optimization.disable_specified_optimizers", "SkipLayerNormFusion");
      options.addConfigEntry("session.model_external_initializers_file_folder_path", weights.getParent().toString());
      session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw new BadInputException("ONNX Runtime cannot load the network: " + e.getMessage(), e);
    }
  }

  /** A direct buffer of floats to bind. */
  static FloatBuffer floats(long count) {
    return ByteBuffer.allocateDirect(Math.toIntExact(4 * count)).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Another set of inputs and outputs; closed with the model. */
  Binding bind() {
    Binding binding = new Binding();
    bindings.add(binding);
    return binding;
  }

  /** The model's inputs and outputs tied to direct buffers, so that a run copies nothing and makes almost no garbage. */
  final class Binding {
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> outputs = new LinkedHashMap<>();

    private Binding() {}

    /** Ties an input to a buffer, in place of what it was tied to before. */
    Binding input(String name, FloatBuffer values, long... shape) {
      replace(inputs, name, tensor(values, shape));
      return this;
    }

    /** Ties a boolean input, one byte a value. */
    Binding input(String name, ByteBuffer values, long... shape) {
      try {
        replace(inputs, name, OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.BOOL));
        return this;
      } catch (OrtException e) {
        throw new IllegalStateException(name, e);
      }
    }

    Binding output(String name, FloatBuffer values, long... shape) {
      replace(outputs, name, tensor(values, shape));
      return this;
    }

    /** Runs the model on what the inputs' buffers hold; the results are in the outputs' buffers. */
    void run() {
      try (OrtSession.Result result = session.run(inputs, outputs)) {
        assert result.size() == outputs.size();
      } catch (OrtException e) {
        throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
      }
    }

    private void close() {
      inputs.values().forEach(OnnxTensor::close);
      outputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(FloatBuffer values, long[] shape) {
    try {
      return OnnxTensor.createTensor(environment, values, shape);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void replace(Map<String, OnnxTensor> tensors, String name, OnnxTensor tensor) {
    OnnxTensor old = tensors.put(name, tensor);
    if (old != null) {
      old.close();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    bindings.forEach(Binding::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close the network: " + e.getMessage(), e);
    }
  }
}
