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
final class CudaProbe {
  private static final String NEEDS = "; it needs an NVIDIA driver, CUDA 12 and cuDNN 9, see docs/gpu.md";

  private CudaProbe() {}

  static Availability result() {
    Availability loaded = OnnxRuntimeProvider.loaded();
    if (!loaded.usable()) {
      return loaded;
    }
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      return new Availability(false, "this build has ONNX Runtime for CPUs only; build with ./mvnw -Ponnxruntime-gpu -DskipTests package");
    }
    try (SessionOptions options = new SessionOptions()) {
      Device.CUDA.configure(options, new RuntimeOptions(1, false));
      options.addConfigEntry("session.disable_cpu_ep_fallback", "1");
      try (OrtSession session = OnnxEnvironment.get().createSession(sum().toByteArray(), options)) {
        return new Availability(true, loaded.reason() + " with CUDA, " + session.getNumInputs() + "-input model loaded on device 0");
      }
    } catch (OrtException e) {
      return new Availability(false, "ONNX Runtime's CUDA provider does not load: " + oneLine(e) + NEEDS);
    }
  }

  /** The message without codes, places in ONNX Runtime's source and the temporary directory that the library was unpacked to. */
  static String oneLine(OrtException e) {
    return e.getMessage().replaceFirst("(?s)^Error code - .*? - message: ", "")
        .replaceFirst("(?s)^.*\\[ONNXRuntimeError\\] : \\d+ : \\w+ : ", "")
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
