package flowmatching.inference.onnxruntime;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import flowmatching.runtime.DirectBuffers;
import flowmatching.runtime.RuntimeOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** One large product of matrices on the CPU, [512, 1024] by [1024, 4096]: what the machine can do at best. */
public final class MatrixProduct implements AutoCloseable {
  private static final int ROWS = 512;
  private static final int INNER = 1024;
  private static final int COLUMNS = 4096;
  private static final int IR_VERSION = 9;
  private static final int OPSET = 20;

  private final OnnxModel model;
  private final OnnxModel.Binding binding;

  /** @param eightBits whether the right matrix is of 8 bits and the left one is made so, or both are float32 */
  public MatrixProduct(boolean eightBits, int threads) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("product");
    graph.addInput(value("left", INNER)).addOutput(value("product", COLUMNS));
    NodeProto.Builder node = NodeProto.newBuilder().setName("product").addInput("left").addInput("right").addOutput("product");
    if (eightBits) {
      graph.addInitializer(tensor("right", TensorProto.DataType.INT8, Byte.BYTES, INNER, COLUMNS));
      graph.addInitializer(TensorProto.newBuilder().setName("scale").setDataType(TensorProto.DataType.FLOAT.getNumber()).addFloatData(1));
      node.setOpType("DynamicQuantizeMatMul").setDomain("com.microsoft").addInput("scale");
    } else {
      graph.addInitializer(tensor("right", TensorProto.DataType.FLOAT, Float.BYTES, INNER, COLUMNS));
      node.setOpType("MatMul");
    }
    ModelProto proto = ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
        .setGraph(graph.addNode(node))
        .build();
    Path nowhere = Path.of("").toAbsolutePath().resolve("none");
    model = new OnnxModel(proto.toByteArray(), nowhere, Device.CPU, new RuntimeOptions(threads, false));
    binding = model.bind().input("left", zerosAndOnes(), ROWS, INNER);
    binding.output("product", DirectBuffers.floats((long) ROWS * COLUMNS), ROWS, COLUMNS);
  }

  /** Zeros and ones: a range that 8 bits can scale. */
  private static FloatBuffer zerosAndOnes() {
    FloatBuffer left = DirectBuffers.floats((long) ROWS * INNER);
    for (int i = 0; i < left.capacity(); i++) {
      left.put(i, i % 2);
    }
    return left;
  }

  private static ValueInfoProto value(String name, int columns) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimValue(ROWS);
    shape.addDimBuilder().setDimValue(columns);
    TypeProto.Tensor type = TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber()).setShape(shape).build();
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(type)).build();
  }

  /** Ones: the time does not hang on the values, as long as they are no denormal ones. */
  private static TensorProto tensor(String name, TensorProto.DataType type, int bytes, int rows, int columns) {
    ByteBuffer values = ByteBuffer.allocate(bytes * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      if (bytes == Float.BYTES) {
        values.putFloat(1);
      } else {
        values.put((byte) 1);
      }
    }
    return TensorProto.newBuilder().setName(name).setDataType(type.getNumber()).addDims(rows).addDims(columns)
        .setRawData(ByteString.copyFrom(values.flip())).build();
  }

  /** Makes the product once and tells its speed, in GFLOP/s (two operations for a multiplication with its addition). */
  public double gigaflops() {
    long start = System.nanoTime();
    binding.run();
    return 2.0 * ROWS * INNER * COLUMNS / (System.nanoTime() - start);
  }

  @Override
  public void close() {
    model.close();
  }
}
