package flowmatching.inference.tensorrt;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.image.RgbImage;
import flowmatching.inference.onnx.Precision;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.runtime.PolicySession;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.IRuntime;

/** The network in TensorRT: pictures resized there, all pictures in one batch, a conditioning engine, and a step engine run by a {@link CapturedPlan}. */
final class TensorRtSession implements PolicySession {
  /** Numbers of evaluations that are kept captured. */
  private static final int KEPT = 4;

  private final FlowMatchingConfig config;
  private final Precision precision;
  private final int batch;
  /** Places for pictures. */
  private final int slots;
  private final int tokensOfCamera;
  private final int pixels;
  private final Cuda cuda = new Cuda();
  private final Map<String, BytePointer> tensors = new HashMap<>();
  private final Map<String, Engine> engines = new HashMap<>();
  private final Deque<CapturedPlan> plans = new ArrayDeque<>();
  private IRuntime runtime;
  private PictureResize resize;
  private ChunkMemory chunk;
  private FloatPointer images;
  private FloatPointer tokens;
  private FloatPointer present;
  private FloatPointer state;
  private FloatPointer condition;

  /**
   * @param serialized engines by name, as {@link EngineBuild} made them; needed until this returns
   * @param batch observations a run, that they were built for
   */
  TensorRtSession(FlowMatchingConfig config, SafetensorsFile serialized, Precision precision, int batch) {
    this.config = config;
    this.precision = precision;
    this.batch = batch;
    this.slots = batch * config.cameras().size();
    this.pixels = 3 * config.imageHeight() * config.imageWidth();
    this.tokensOfCamera = PolicyNetwork.tokensPerCamera(config) * config.vitEmbedDim();
    try {
      runtime = EngineBuild.required(nvinfer.createInferRuntime(TensorRt.logger()), "TensorRT makes no runtime here");
      for (String name : serialized.names()) {
        engines.put(name, new Engine(name, runtime, serialized.bytes(name), cuda, tensors));
      }
      // At least one value, because nothing can be taken of nothing.
      images = cuda.host(Math.max(1, (long) slots * pixels));
      tokens = cuda.host(Math.max(1, (long) slots * tokensOfCamera));
      present = cuda.host(Math.max(1, slots));
      state = cuda.host((long) batch * config.maxStateDim());
      condition = cuda.host((long) batch * config.hiddenDim());
      resize = slots == 0 ? null : new PictureResize(config, slots, engines.get(EngineBuild.RESIZE), cuda, tensors);
      chunk = new ChunkMemory(cuda, tensors, batch * config.chunkLength() * config.maxActionDim(), config.chunkLength());
      cuda.synchronize();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public String description() {
    return "TensorRT " + TensorRt.version() + ", " + TensorRt.device() + ", " + precision.label() + (batch > 1 ? ", batch " + batch : "");
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public FloatBuffer images() {
    return images.asBuffer().limit(slots * pixels).slice();
  }

  @Override
  public FloatBuffer state() {
    return state.asBuffer();
  }

  @Override
  public boolean resizes(int width, int height) {
    return resize != null && resize.takes(width, height);
  }

  @Override
  public void encodeImages(boolean[] cameraPresent) {
    encodeImages(cameraPresent, new RgbImage[slots]);
  }

  @Override
  public void encodeImages(boolean[] cameraPresent, RgbImage[] pictures) {
    if (slots == 0) {
      return;
    }
    int upTo = 0;
    for (int slot = 0; slot < slots; slot++) {
      present.put(slot, cameraPresent[slot] ? 1 : 0);
      if (cameraPresent[slot]) {
        send(slot, pictures[slot]);
        upTo = slot + 1;
      }
    }
    cuda.synchronize(); // from here on the pictures may be written again
    Engine vision = engines.get(EngineBuild.VISION);
    if (upTo > 0) {
      if (EngineBuild.choosesBatch(config)) {
        vision.shape("images", upTo, 3, config.imageHeight(), config.imageWidth());
      }
      vision.enqueue();
    }
    long bytes = (long) tokensOfCamera * Float.BYTES;
    for (int slot = 0; slot < slots; slot++) {
      if (!cameraPresent[slot]) {
        cuda.clear(tensors.get("tokens").getPointer(slot * bytes), bytes);
      }
    }
  }

  /** @param picture to be resized here, or null where the values are in {@link #images} */
  private void send(int slot, RgbImage picture) {
    long bytes = (long) pixels * Float.BYTES;
    BytePointer into = tensors.get("images").getPointer(slot * bytes);
    if (picture == null) {
      cuda.toDevice(into, images.getPointer((long) slot * pixels), pixels);
    } else {
      resize.enqueue(slot, picture, into, bytes);
    }
  }

  @Override
  public FloatBuffer encodedImages() {
    if (slots > 0) {
      cuda.toHost(images, tensors.get("images"), (long) slots * pixels);
      cuda.synchronize();
    }
    return images();
  }

  @Override
  public void encodeState() {
    if (slots > 0) {
      cuda.toDevice(tensors.get("present"), present, slots);
    }
    cuda.toDevice(tensors.get("state"), state, (long) batch * config.maxStateDim());
    engines.get(EngineBuild.CONDITION).enqueue();
  }

  @Override
  public FloatBuffer visionTokens() {
    if (slots > 0) {
      cuda.toHost(tokens, tensors.get("tokens"), (long) slots * tokensOfCamera);
      cuda.synchronize();
    }
    return tokens.asBuffer().limit(slots * tokensOfCamera).slice().asReadOnlyBuffer();
  }

  @Override
  public FloatBuffer condition() {
    cuda.toHost(condition, tensors.get("condition"), (long) batch * config.hiddenDim());
    cuda.synchronize();
    return condition.asBuffer().asReadOnlyBuffer();
  }

  @Override
  public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    chunk.write(x, x, guidance);
    captured(plan.evaluations()).run(plan, guidance);
    chunk.read(x);
  }

  @Override
  public void velocity(float[] x, float t, float[] velocity) {
    // One evaluation with base 0 and weight 1 leaves the velocity itself.
    chunk.write(x, null, null);
    captured(1).run(IntegrationPlan.evaluationAt(t), null);
    chunk.read(velocity);
  }

  private CapturedPlan captured(int evaluations) {
    for (CapturedPlan plan : plans) {
      if (plan.evaluations() == evaluations) {
        return plan;
      }
    }
    if (plans.size() == KEPT) {
      plans.removeFirst().close();
    }
    CapturedPlan plan = new CapturedPlan(evaluations, cuda, engines.get(EngineBuild.STEP), chunk);
    plans.add(plan);
    return plan;
  }

  @Override
  public float[] timeEmbedding(float t) {
    FloatPointer host = cuda.host(config.hiddenDim());
    cuda.toDevice(tensors.get("t"), host.put(0, t), 1);
    engines.get(EngineBuild.TIME_EMBEDDING).enqueue();
    cuda.toHost(host, tensors.get("embedding"), config.hiddenDim());
    cuda.synchronize();
    float[] values = new float[config.hiddenDim()];
    host.get(values);
    return values;
  }

  @Override
  public void close() {
    plans.forEach(CapturedPlan::close);
    plans.clear();
    engines.values().forEach(Engine::close);
    engines.clear();
    Destructor.delete(runtime);
    runtime = null;
    cuda.close();
  }
}
