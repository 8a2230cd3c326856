package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import flowmatching.BadInputException;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One ONNX model, loaded. {@link #bind} gives a way to run it. */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OnnxEnvironment.get();
  private final OrtSession session;
  private final List<Binding> bindings = new ArrayList<>();
  private final Device device;
  /** A directory for the profile; null once it was looked at, and where there is nothing to look at. */
  private Path profiles;
  private boolean closed;

  /**
   * @param model the serialised model
   * @param weights the file its external data is in
   */
  OnnxModel(byte[] model, Path weights, Device device, RuntimeOptions runtime) {
    this.device = device;
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(runtime.threads());
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", runtime.spinning() ? "1" : "0");
      options.addConfigEntry("session.model_external_initializers_file_folder_path", weights.getParent().toString());
      device.configuration().apply(options, runtime);
      if (device != Device.CPU) {
        profiles = Files.createTempDirectory("flowmatching-placement-");
        options.enableProfiling(profiles.resolve("run").toString());
      }
      session = environment.createSession(model, options);
    } catch (OrtException e) {
      deleteProfiles();
      String message = "ONNX Runtime cannot load the network on " + device.label() + ": " + GpuProbe.oneLine(e);
      throw device == Device.CPU ? new BadInputException(message, e) : new UnusableRuntimeException(message, e);
    } catch (IOException e) {
      throw new UnusableRuntimeException("ONNX Runtime's profile cannot be written: " + e, e);
    }
  }

  /**
   * Looks where the nodes of the runs until now have run, and profiles no further.
   *
   * @throws UnusableRuntimeException where that was not the device
   */
  void checkPlacement() {
    if (profiles == null) {
      return;
    }
    try {
      Placement.check(Path.of(session.endProfiling()), device);
    } catch (OrtException | IOException e) {
      throw new UnusableRuntimeException("ONNX Runtime does not tell where it ran the network: " + e.getMessage(), e);
    } finally {
      deleteProfiles();
    }
  }

  private void deleteProfiles() {
    if (profiles == null) {
      return;
    }
    try (Stream<Path> files = Files.list(profiles)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(profiles);
      profiles = null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

    /** Ties an input of any type to its bytes; a boolean has one. */
    Binding input(String name, ByteBuffer values, OnnxJavaType type, long... shape) {
      replace(inputs, name, tensor(values, type, shape));
      return this;
    }

    Binding output(String name, ByteBuffer values, OnnxJavaType type, long... shape) {
      replace(outputs, name, tensor(values, type, shape));
      return this;
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

  private OnnxTensor tensor(ByteBuffer values, OnnxJavaType type, long[] shape) {
    try {
      return OnnxTensor.createTensor(environment, values, shape, type);
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
      session.close(); // which ends a profile
      deleteProfiles();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close the network: " + e.getMessage(), e);
    }
  }
}
