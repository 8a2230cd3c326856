package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import flowmatching.checkpoint.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Collects the nodes of one ONNX graph. The body of a loop is a builder of its own that shares weights, constants and names with
 * the graph around it.
 */
final class GraphBuilder {
  private static final String BATCH = "batch";

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final GraphBuilder root;
  private final SafetensorsFile weights;
  private final Precision precision;
  private final Map<String, OnnxValue> shared = new HashMap<>();
  private int names;

  GraphBuilder(String name, SafetensorsFile weights, Precision precision) {
    this.root = this;
    this.weights = weights;
    this.precision = precision;
    graph.setName(name);
  }

  private GraphBuilder(String name, GraphBuilder root) {
    this.root = root;
    this.weights = root.weights;
    this.precision = root.precision;
    graph.setName(name);
  }

  GraphBuilder subgraph(String name) {
    return new GraphBuilder(name, root);
  }

  String freshName(String stem) {
    return stem + "_" + root.names++;
  }

  OnnxValue input(String name, TensorProto.DataType type, int... shape) {
    return input(name, type, List.of(BATCH), shape);
  }

  /** @param unknown names of the dimensions whose size only the run tells, where they are not the batch */
  OnnxValue input(String name, TensorProto.DataType type, List<String> unknown, int... shape) {
    graph.addInput(valueInfo(name, type, unknown, shape));
    return new OnnxValue(name, type, shape);
  }

  /** Makes a value an output of the graph, under {@code name} and with its own type. */
  void output(String name, OnnxValue value) {
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").setName(freshName("Identity")).addInput(value.name()).addOutput(name));
    graph.addOutput(valueInfo(name, value.type(), List.of(BATCH), value.shape()));
  }

  /** The same values as another type; nothing where they have it. */
  OnnxValue cast(OnnxValue value, TensorProto.DataType type) {
    if (value.type() == type) {
      return value;
    }
    OnnxValue same = node("Cast", value.shape(), new Attributes().set("to", type.getNumber()), value);
    return new OnnxValue(same.name(), type, same.shape());
  }

  private static ValueInfoProto valueInfo(String name, TensorProto.DataType type, List<String> unknown, int... shape) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    Iterator<String> names = unknown.iterator();
    for (int size : shape) {
      TensorShapeProto.Dimension.Builder dimension = sizes.addDimBuilder();
      if (size < 0) {
        dimension.setDimParam(names.next());
      } else {
        dimension.setDimValue(size);
      }
    }
    TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(sizes).build();
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(tensor)).build();
  }

  /** Adds a node with one output of the given shape, whose type is that of the first input. */
  OnnxValue node(String type, int[] shape, Attributes attributes, OnnxValue... inputs) {
    String name = freshName(type);
    NodeProto.Builder node = NodeProto.newBuilder().setOpType(type).setName(name).addOutput(name);
    for (OnnxValue input : inputs) {
      node.addInput(input.name());
    }
    attributes.addTo(node);
    graph.addNode(node);
    return new OnnxValue(name, inputs[0].type(), shape);
  }

  /** Adds a node that ONNX does not define but ONNX Runtime does. */
  OnnxValue runtimeNode(String type, int[] shape, OnnxValue... inputs) {
    OnnxValue value = node(type, shape, new Attributes(), inputs);
    NodeProto.Builder node = graph.getNodeBuilder(graph.getNodeCount() - 1);
    node.setDomain(OnnxModels.RUNTIME_DOMAIN);
    return value;
  }

  void add(NodeProto node) {
    graph.addNode(node);
  }

  /** A weight, left where it is: the graph points into the weights' file by offset. In 16 bits only where the precision is that. */
  OnnxValue weight(String name, int[] shape) {
    OnnxValue known = root.shared.get(name);
    if (known == null) {
      known = root.addWeight(name, shape); // which may add its scale in turn
      root.shared.put(name, known);
    }
    return known;
  }

  private OnnxValue addWeight(String name, int[] shape) {
    SafetensorsFile.Entry entry = weights.entry(name);
    TensorProto.DataType type =
        switch (entry.dtype()) {
          case F32 -> TensorProto.DataType.FLOAT;
          case F16 -> TensorProto.DataType.FLOAT16;
          case BF16 -> TensorProto.DataType.BFLOAT16;
          case I8 -> TensorProto.DataType.INT8;
          default -> throw new IllegalArgumentException(name + ": no float type: " + entry.dtype());
        };
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    for (long size : type == TensorProto.DataType.INT8 ? entry.shape() : longs(shape)) {
      tensor.addDims(size);
    }
    tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalData(property("location", OnnxModels.weightsFile(weights).getFileName().toString()));
    tensor.addExternalData(property("offset", Long.toString(entry.begin())));
    tensor.addExternalData(property("length", Long.toString(entry.end() - entry.begin())));
    graph.addInitializer(tensor);
    if (type == TensorProto.DataType.INT8) {
      String scale = QuantizedWeights.scale(name);
      weight(scale, new int[] {shape[0]});
      return new OnnxValue(name, TensorProto.DataType.FLOAT, shape, scale);
    }
    OnnxValue value = new OnnxValue(name, type, shape);
    return type == precision.onnx() ? value : cast(value, TensorProto.DataType.FLOAT);
  }

  private static long[] longs(int[] shape) {
    return Arrays.stream(shape).asLongStream().toArray();
  }

  private static StringStringEntryProto property(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  OnnxValue floats(float[] values, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return constant(TensorProto.DataType.FLOAT, bytes, shape);
  }

  OnnxValue scalar(float value) {
    return floats(new float[] {value});
  }

  /** A vector of whole numbers, as shapes and axes are given. */
  OnnxValue longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(TensorProto.DataType.INT64, bytes, values.length);
  }

  private OnnxValue constant(TensorProto.DataType type, ByteBuffer bytes, int... shape) {
    String key = type + Arrays.toString(shape) + Arrays.toString(bytes.array());
    return root.shared.computeIfAbsent(key, k -> {
      TensorProto.Builder tensor = TensorProto.newBuilder().setName(freshName("constant")).setDataType(type.getNumber());
      for (int size : shape) {
        tensor.addDims(size);
      }
      root.graph.addInitializer(tensor.setRawData(ByteString.copyFrom(bytes.array())));
      return new OnnxValue(tensor.getName(), type, shape);
    });
  }

  GraphProto build() {
    return graph.build();
  }

  /** The attributes of a node. */
  static final class Attributes {
    private final List<AttributeProto> list = new ArrayList<>();

    Attributes set(String name, long value) {
      list.add(AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INT).setI(value).build());
      return this;
    }

    Attributes set(String name, double value) {
      list.add(AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOAT).setF((float) value).build());
      return this;
    }

    Attributes set(String name, String value) {
      list.add(AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(value)).build());
      return this;
    }

    Attributes set(String name, int... values) {
      AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
      for (int value : values) {
        attribute.addInts(value);
      }
      list.add(attribute.build());
      return this;
    }

    private void addTo(NodeProto.Builder node) {
      list.forEach(node::addAttribute);
    }
  }
}
