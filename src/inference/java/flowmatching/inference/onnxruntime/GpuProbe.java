package flowmatching.inference.onnxruntime;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider.Availability;

/** Whether ONNX Runtime can use a GPU here, found out by loading a model of one sum that nothing but the GPU may run. */
final class GpuProbe {
  private GpuProbe() {}

  /** Looked for once: libraries of half a GB are loaded, with TensorRT an engine is built, and a node asks several times. */
  private static final class Cuda {
    static final Availability HERE = look("CUDA", OrtProvider.CUDA, Device.CUDA, "CUDA 12 and cuDNN 9");
  }

  private static final class TensorRt {
    static final Availability HERE = look("TensorRT", OrtProvider.TENSOR_RT, Device.tensorRt(null), "CUDA 12, cuDNN 9 and TensorRT 10");
  }

  static Availability cuda() {
    return Cuda.HERE;
  }

  /** Without CUDA ONNX Runtime gives no reason that helps, so that is looked for first. */
  static Availability tensorRt() {
    return Cuda.HERE.usable() ? TensorRt.HERE : Cuda.HERE;
  }

  private static Availability look(String what, OrtProvider provider, Device device, String needs) {
    Availability loaded = OnnxRuntimeProvider.loaded();
    if (!loaded.usable()) {
      return loaded;
    }
    if (!OrtEnvironment.getAvailableProviders().contains(provider)) {
      return new Availability(false, "this build has ONNX Runtime for CPUs only; build with ./mvnw -Ponnxruntime-gpu -DskipTests package");
    }
    try (SessionOptions options = new SessionOptions()) {
      device.configuration().apply(options, new RuntimeOptions(1, false));
      options.addConfigEntry("session.disable_cpu_ep_fallback", "1");
      try (OrtSession session = OnnxEnvironment.get().createSession(sum().toByteArray(), options)) {
        return new Availability(true, loaded.reason() + " with " + what + ", " + session.getNumInputs() + "-input model loaded on device 0");
      }
    } catch (OrtException e) {
      return new Availability(
          false, "ONNX Runtime's " + what + " provider does not load: " + oneLine(e) + "; it needs an NVIDIA driver, " + needs + ", see docs/gpu.md");
    }
  }

  /** The message without codes, places in ONNX Runtime's source, the machine's name and the temporary directory that the library was unpacked to. */
  static String oneLine(OrtException e) {
    return e.getMessage().replaceFirst("(?s)^Error code - .*? - message: ", "")
        .replaceFirst("(?s)^.*\\[ONNXRuntimeError\\] : \\d+ : \\w+ : ", "")
        .replaceFirst("^\\S+\\.h:\\d+ \\w+ Failed to parse provider option \"device_id\": ", "").replaceFirst("(?s) ; GPU=.*", "")
        .replaceAll("\\S*/(libonnxruntime)", "$1").replaceAll("\\s+", " ").strip();
  }

  private static ModelProto sum() {
    GraphProto graph = GraphProto.newBuilder().setName("probe").addInput(value("x")).addOutput(value("y"))
        .addNode(NodeProto.newBuilder().setOpType("Add").addInput("x").addInput("x").addOutput("y")).build();
    return ModelProto.newBuilder().setIrVersion(9).addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(20)).setGraph(graph).build();
  }

  private static ValueInfoProto value(String name) {
    TensorShapeProto one = TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(1)).build();
    TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder().setElemType(DataType.FLOAT.getNumber()).setShape(one).build();
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(tensor)).build();
  }
}
