package flowmatching.inference.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.PolicyNetwork.Condition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Emits the network's parts as ONNX models of some tens of kB; the weights stay in {@code model.safetensors}, pointed to by offset.
 * Inputs and outputs are float32 in any {@link Precision}, but for the memory, which has the precision's type.
 *
 * <table>
 * <caption>Models (B batch, C cameras, H x W picture, d vit_embed_dim, h hidden_dim, T chunk, A max_action_dim)</caption>
 * <tr><td>resize</td><td>picture [1, height, width, 3], 8 bits, to resized [1, 3, H, W], 0 to 1</td></tr>
 * <tr><td>vision</td><td>images [B, 3, H, W] to tokens [B, tokens, d]</td></tr>
 * <tr><td>condition</td><td>tokens [B, C, tokens, d], present [B, C], state [B, S] to condition [B, h], memory_n, memory_present</td></tr>
 * <tr><td>velocity</td><td>x [B, T, A], t [B], condition... to velocity [B, T, A]</td></tr>
 * <tr><td>integrate</td><td>{@link IntegrateModel}</td></tr>
 * <tr><td>step</td><td>{@link StepModel}</td></tr>
 * <tr><td>time_embedding</td><td>t [B] to embedding [B, h]</td></tr>
 * </table>
 */
public final class OnnxModels {
  private static final int IR_VERSION = 9;
  private static final int OPSET = 20;
  /** Values that describe one evaluation to the step model. */
  public static final int EVALUATION = 5;
  /** Where ONNX Runtime defines operators of its own. */
  static final String RUNTIME_DOMAIN = "com.microsoft";

  private final FlowMatchingConfig config;
  private final SafetensorsFile weights;
  private final int batch;
  private final Precision precision;

  /**
   * @param checkpoint whose weights the models point to
   * @param batch observations a run, or -1 where only the run will tell
   */
  public OnnxModels(Checkpoint checkpoint, int batch) {
    this(checkpoint.config(), checkpoint.weights(), batch);
  }

  /** @param weights a checkpoint's own, or some of them in 8 bits: {@link QuantizedWeights} */
  public OnnxModels(FlowMatchingConfig config, SafetensorsFile weights, int batch) {
    this(config, weights, batch, Precision.FLOAT32);
  }

  /** @param weights for 16 bits from {@link HalfWeights}, else nothing is in 16 bits but attention */
  public OnnxModels(FlowMatchingConfig config, SafetensorsFile weights, int batch, Precision precision) {
    this.config = config;
    this.weights = weights;
    this.batch = batch;
    this.precision = precision;
  }

  /** The weights' own file behind any symbolic link: runtimes refuse external data that a link leads out of its directory. */
  public static Path weightsFile(SafetensorsFile weights) {
    try {
      return weights.path().toRealPath();
    } catch (IOException e) {
      throw new BadInputException(weights.path() + ": cannot be resolved: " + e.getMessage(), e);
    }
  }

  /** The policy's own resize, as {@link flowmatching.image.NetworkImage} does it, of one picture of any size. */
  public ModelProto resize() {
    GraphBuilder graph = graph("resize");
    OnnxOps ops = new OnnxOps(graph);
    OnnxValue picture = graph.input("picture", DataType.UINT8, List.of("height", "width"), 1, -1, -1, 3);
    OnnxValue planes = ops.transpose(graph.cast(picture, DataType.FLOAT), 0, 3, 1, 2);
    OnnxValue resized = ops.resizeBilinear(planes, config.imageHeight(), config.imageWidth());
    output(graph, "resized", ops.multiply(resized, graph.scalar(1 / 255f)));
    return model(graph);
  }

  public ModelProto vision() {
    GraphBuilder graph = graph("vision");
    OnnxValue images = graph.input("images", DataType.FLOAT, batch, 3, config.imageHeight(), config.imageWidth());
    output(graph, "tokens", network(graph).vision(images));
    return model(graph);
  }

  public ModelProto condition() {
    GraphBuilder graph = graph("condition");
    OnnxValue tokens = null;
    OnnxValue present = null;
    int cameras = config.cameras().size();
    if (cameras > 0) {
      tokens = graph.input("tokens", DataType.FLOAT, batch, cameras, PolicyNetwork.tokensPerCamera(config), config.vitEmbedDim());
      present = graph.input("present", DataType.FLOAT, batch, cameras);
    }
    OnnxValue state = graph.input("state", DataType.FLOAT, batch, config.maxStateDim());
    Condition<OnnxValue> condition = network(graph).condition(tokens, present, state);
    output(graph, "condition", condition.vector());
    for (int n = 0; n < condition.memory().size(); n++) {
      graph.output("memory_" + n, graph.cast(condition.memory().get(n), precision.onnx()));
    }
    if (condition.present() != null) {
      output(graph, "memory_present", condition.present());
    }
    return model(graph);
  }

  public ModelProto velocity() {
    GraphBuilder graph = graph("velocity");
    OnnxValue x = graph.input("x", DataType.FLOAT, batch, config.chunkLength(), config.maxActionDim());
    OnnxValue t = graph.input("t", DataType.FLOAT, batch);
    output(graph, "velocity", network(graph).velocity(conditionInputs(graph), x, t));
    return model(graph);
  }

  public ModelProto integrate() {
    GraphBuilder graph = graph("integrate");
    new IntegrateModel(config, graph, batch).emit(conditionInputs(graph));
    return model(graph);
  }

  /** One evaluation of a plan, for a runtime that makes the loop itself. */
  public ModelProto step() {
    GraphBuilder graph = graph("step");
    new StepModel(config, graph, batch).emit(conditionInputs(graph));
    return model(graph);
  }

  public ModelProto timeEmbedding() {
    GraphBuilder graph = graph("time_embedding");
    output(graph, "embedding", network(graph).timeEmbedding(graph.input("t", DataType.FLOAT, batch)));
    return model(graph);
  }

  /** The condition model's outputs as another model's inputs. */
  private Condition<OnnxValue> conditionInputs(GraphBuilder graph) {
    OnnxValue vector = graph.input("condition", DataType.FLOAT, batch, config.hiddenDim());
    List<OnnxValue> memory = new ArrayList<>();
    OnnxValue present = null;
    if (config.patchTokens()) {
      int tokens = memoryTokens(config);
      for (int n = 0; n < config.numLayers(); n++) {
        memory.add(graph.input("memory_" + n, precision.onnx(), batch, tokens, 2 * config.hiddenDim()));
      }
      present = graph.input("memory_present", DataType.FLOAT, batch, tokens);
    }
    return new Condition<>(vector, memory, present);
  }

  /** Patch tokens of all cameras, C * P. */
  public static int memoryTokens(FlowMatchingConfig config) {
    return config.cameras().size() * (PolicyNetwork.tokensPerCamera(config) - 1);
  }

  private GraphBuilder graph(String name) {
    return new GraphBuilder(name, weights, precision);
  }

  private static void output(GraphBuilder graph, String name, OnnxValue value) {
    graph.output(name, graph.cast(value, DataType.FLOAT));
  }

  private PolicyNetwork<OnnxValue> network(GraphBuilder graph) {
    return new PolicyNetwork<>(config, new OnnxOps(graph));
  }

  private static ModelProto model(GraphBuilder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("flowmatching")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(RUNTIME_DOMAIN).setVersion(1))
        .setGraph(graph.build())
        .build();
  }
}
