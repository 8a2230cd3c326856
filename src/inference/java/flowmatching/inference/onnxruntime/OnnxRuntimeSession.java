package flowmatching.inference.onnxruntime;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxJavaType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.Solver;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnxruntime.OnnxModel.Binding;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.runtime.DirectBuffers;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The network in ONNX Runtime: a vision model run once a camera, a conditioning model, and a model that an {@link Integration} runs. */
final class OnnxRuntimeSession implements PolicySession {
  private final FlowMatchingConfig config;
  private final OnnxModels emitter;
  /** Of one picture: a batch would gain nothing there, and pictures that are missing are left out. */
  private final OnnxModels pictures;
  private final RuntimeOptions options;
  private final Path weights;
  private final Device device;
  private final Precision precision;
  private final String products;
  private final int batch;
  private final int cameras;

  private final List<OnnxModel> models = new ArrayList<>();
  private final List<Binding> vision = new ArrayList<>();
  private final Binding condition;
  private final Integration integration;
  private Binding timeEmbedding;

  private final FloatBuffer images;
  private final FloatBuffer tokens;
  private final FloatBuffer present;
  private final FloatBuffer state;
  private final FloatBuffer vector;
  private final List<FloatBuffer> pictureTokens = new ArrayList<>();

  /**
   * @param file the checkpoint's weights, or a copy in another precision; needed until this returns
   * @throws flowmatching.runtime.UnusableRuntimeException where the device does not run the network
   */
  OnnxRuntimeSession(FlowMatchingConfig config, SafetensorsFile file, Device device, Precision precision, RuntimeOptions options) {
    this(config, file, device, precision, precision.label(), options);
  }

  /** @param products what to say of the precision */
  OnnxRuntimeSession(
      FlowMatchingConfig config, SafetensorsFile file, Device device, Precision precision, String products, RuntimeOptions options) {
    this.config = config;
    this.options = options;
    this.device = device;
    this.precision = precision;
    this.products = products;
    this.batch = options.batch();
    this.emitter = new OnnxModels(config, file, batch, precision);
    this.pictures = new OnnxModels(config, file, 1, precision);
    this.weights = OnnxModels.weightsFile(file);
    this.cameras = config.cameras().size();

    int pixels = 3 * config.imageHeight() * config.imageWidth();
    int tokensPerCamera = PolicyNetwork.tokensPerCamera(config);
    int width = tokensPerCamera * config.vitEmbedDim();
    images = DirectBuffers.floats((long) batch * cameras * pixels);
    tokens = DirectBuffers.floats((long) batch * cameras * width);
    present = DirectBuffers.floats((long) batch * cameras);
    state = DirectBuffers.floats((long) batch * config.maxStateDim());
    vector = DirectBuffers.floats((long) batch * config.hiddenDim());
    // Loading is mostly copying weights into the layout of the kernels: the two large models side by side.
    CompletableFuture<OnnxModel> loading = cameras > 0 ? CompletableFuture.supplyAsync(() -> load(pictures.vision())) : null;
    try {
      integration = device.loops()
          ? new LoopIntegration(config, batch, loaded(load(emitter.integrate())))
          : new StepIntegration(config, batch, loaded(load(emitter.step())));
      condition = loaded(load(emitter.condition()));
      if (loading != null) {
        bindVision(loading.join(), pixels, width);
      }
      bindCondition(tokensPerCamera);
    } catch (RuntimeException e) {
      close();
      if (loading != null) {
        loading.thenAccept(OnnxModel::close);
      }
      throw e instanceof CompletionException && e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    if (device != Device.CPU) {
      checkPlacement();
    }
  }

  /** Runs everything once, on zeros, and looks where that ran. */
  private void checkPlacement() {
    try {
      boolean[] all = new boolean[batch * cameras];
      Arrays.fill(all, true);
      encodeImages(all);
      encodeState();
      integrate(Solver.EULER.plan(2), null, new float[batch * config.chunkLength() * config.maxActionDim()]);
      models.forEach(OnnxModel::checkPlacement);
    } catch (IllegalStateException e) {
      close();
      throw new UnusableRuntimeException(e.getMessage(), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private OnnxModel load(ModelProto model) {
    return new OnnxModel(model.toByteArray(), weights, device, options);
  }

  private Binding loaded(OnnxModel model) {
    models.add(model);
    return model.bind();
  }

  /** One binding a picture, each to its part of the same buffers. */
  private void bindVision(OnnxModel model, int pixels, int width) {
    models.add(model);
    for (int slot = 0; slot < batch * cameras; slot++) {
      FloatBuffer picture = images.slice(slot * pixels, pixels);
      FloatBuffer itsTokens = tokens.slice(slot * width, width);
      pictureTokens.add(itsTokens);
      vision.add(model.bind()
          .input("images", picture, 1, 3, config.imageHeight(), config.imageWidth())
          .output("tokens", itsTokens, 1, PolicyNetwork.tokensPerCamera(config), config.vitEmbedDim()));
    }
  }

  private void bindCondition(int tokensPerCamera) {
    if (cameras > 0) {
      condition.input("tokens", tokens, batch, cameras, tokensPerCamera, config.vitEmbedDim());
      condition.input("present", present, batch, cameras);
    }
    condition.input("state", state, batch, config.maxStateDim());
    condition.output("condition", vector, batch, config.hiddenDim());
    integration.model.input("condition", vector, batch, config.hiddenDim());
    if (config.patchTokens()) {
      int memoryTokens = OnnxModels.memoryTokens(config);
      for (int n = 0; n < config.numLayers(); n++) {
        ByteBuffer memory = DirectBuffers.bytes((long) precision.bytes() * batch * memoryTokens * 2 * config.hiddenDim());
        condition.output("memory_" + n, memory, memoryType(), batch, memoryTokens, 2L * config.hiddenDim());
        integration.model.input("memory_" + n, memory, memoryType(), batch, memoryTokens, 2L * config.hiddenDim());
      }
      FloatBuffer memoryPresent = DirectBuffers.floats((long) batch * memoryTokens);
      condition.output("memory_present", memoryPresent, batch, memoryTokens);
      integration.model.input("memory_present", memoryPresent, batch, memoryTokens);
    }
  }

  private OnnxJavaType memoryType() {
    return switch (precision) {
      case FLOAT32 -> OnnxJavaType.FLOAT;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case BFLOAT16 -> OnnxJavaType.BFLOAT16;
    };
  }

  @Override
  public String description() {
    String threads = options.threads() == 1 ? "1 thread" : options.threads() + " threads";
    String runs = "ONNX Runtime " + OnnxEnvironment.get().getVersion() + ", " + device.label() + ", " + products;
    return (device == Device.CPU ? runs + ", " + threads : runs) + (batch > 1 ? ", batch " + batch : "");
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public FloatBuffer images() {
    return images;
  }

  @Override
  public FloatBuffer state() {
    return state;
  }

  @Override
  public void encodeImages(boolean[] cameraPresent) {
    for (int slot = 0; slot < batch * cameras; slot++) {
      present.put(slot, cameraPresent[slot] ? 1 : 0);
      if (cameraPresent[slot]) {
        vision.get(slot).run();
      } else {
        FloatBuffer empty = pictureTokens.get(slot);
        for (int i = 0; i < empty.capacity(); i++) {
          empty.put(i, 0);
        }
      }
    }
  }

  @Override
  public void encodeState() {
    condition.run();
  }

  @Override
  public FloatBuffer visionTokens() {
    return tokens.asReadOnlyBuffer();
  }

  @Override
  public FloatBuffer condition() {
    return vector.asReadOnlyBuffer();
  }

  @Override
  public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    integration.integrate(plan, guidance, x);
  }

  @Override
  public void velocity(float[] x, float t, float[] velocity) {
    integration.velocity(x, t, velocity);
  }

  @Override
  public float[] timeEmbedding(float t) {
    if (timeEmbedding == null) {
      timeEmbedding = loaded(load(pictures.timeEmbedding()));
    }
    FloatBuffer embedding = DirectBuffers.floats(config.hiddenDim());
    timeEmbedding.input("t", DirectBuffers.floats(1).put(0, t), 1);
    timeEmbedding.output("embedding", embedding, 1, config.hiddenDim());
    timeEmbedding.run();
    float[] values = new float[config.hiddenDim()];
    embedding.get(0, values);
    return values;
  }

  @Override
  public void close() {
    models.forEach(OnnxModel::close);
  }
}
