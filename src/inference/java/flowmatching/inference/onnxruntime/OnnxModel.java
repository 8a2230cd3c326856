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
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One ONNX model with its inputs and outputs bound to direct buffers, so that a run copies nothing and makes almost no garbage.
 */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
  private final Map<String, OnnxTensor> outputs = new LinkedHashMap<>();

  /**
   * @param model the serialised model
   * @param weights the file its external data is in
   */
  OnnxModel(byte[] model, Path weights, RuntimeOptions runtime) {
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(runtime.threads());
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", runtime.spinning() ? "1" : "0");
      options.addConfigEntry("session.model_external_initializers_file_folder_path", weights.getParent().toString());
      session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw new BadInputException("ONNX Runtime cannot load the network: " + e.getMessage(), e);
    }
  }

  /** A direct buffer of floats for {@link #input} and {@link #output}. */
  static FloatBuffer floats(long count) {
    return ByteBuffer.allocateDirect(Math.toIntExact(4 * count)).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Binds an input to a buffer, in place of what was bound before. */
  void input(String name, FloatBuffer values, long... shape) {
    replace(inputs, name, tensor(values, shape));
  }

  /** Binds a boolean input, one byte a value. */
  void input(String name, ByteBuffer values, long... shape) {
    try {
      replace(inputs, name, OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.BOOL));
    } catch (OrtException e) {
      throw new IllegalStateException(name, e);
    }
  }

  void output(String name, FloatBuffer values, long... shape) {
    replace(outputs, name, tensor(values, shape));
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

  /** Runs the model on what its inputs' buffers hold; results are in the outputs' buffers. */
  void run() {
    try (OrtSession.Result result = session.run(inputs, outputs)) {
      assert result.size() == outputs.size();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close the network: " + e.getMessage(), e);
    }
  }
}
