package flowmatching.inference.onednn;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.PolicyNetwork.Condition;
import flowmatching.runtime.DirectBuffers;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The network as programs of oneDNN's primitives: vision for one picture, conditioning, velocity. The loop is Java's. */
final class OneDnnSession implements PolicySession {
  private final FlowMatchingConfig config;
  private final Precision precision;
  private final RuntimeOptions options;
  private final Natives natives;
  private final int batch;
  /** Places for pictures. */
  private final int slots;

  private final FloatBuffer images;
  private final FloatBuffer tokens;
  private final FloatBuffer present;
  private final FloatBuffer state;
  private final FloatBuffer vector;
  private FloatBuffer picture;
  private FloatBuffer pictureTokens;
  private Program vision;
  private final Program conditioning;
  private final FloatBuffer conditionVector;
  private final VelocityPrograms velocity;
  private IntegrationPlan prepared;

  private final float[] y;
  private final float[] v;
  private final float[] previous;
  private boolean closed;

  OneDnnSession(Checkpoint checkpoint, Precision precision, RuntimeOptions options) {
    this.config = checkpoint.config();
    this.precision = precision;
    this.options = options;
    this.batch = options.batch();
    int cameras = config.cameras().size();
    this.slots = batch * cameras;
    int values = batch * config.chunkLength() * config.maxActionDim();
    y = new float[values];
    v = new float[values];
    previous = new float[values];
    int tokensPerCamera = PolicyNetwork.tokensPerCamera(config);
    images = DirectBuffers.floats((long) slots * 3 * config.imageHeight() * config.imageWidth());
    tokens = DirectBuffers.floats((long) slots * tokensPerCamera * config.vitEmbedDim());
    present = DirectBuffers.floats(slots);
    state = DirectBuffers.floats((long) batch * config.maxStateDim());
    vector = DirectBuffers.floats((long) batch * config.hiddenDim());
    OneDnn.omp_set_num_threads(options.threads());
    natives = new Natives();
    try {
      if (slots > 0) {
        compileVision(checkpoint.weights());
      }
      NodeOps ops = new NodeOps();
      Node allTokens = cameras == 0 ? null : ops.input(tensor(tokens, batch, cameras, tokensPerCamera, config.vitEmbedDim()));
      Node allPresent = cameras == 0 ? null : ops.input(tensor(present, batch, cameras));
      Condition<Node> condition =
          new PolicyNetwork<>(config, ops).condition(allTokens, allPresent, ops.input(tensor(state, batch, config.maxStateDim())));
      List<Node> exact = new ArrayList<>(List.of(condition.vector()));
      if (condition.present() != null) {
        exact.add(condition.present());
      }
      Compiler compiler = new Compiler(natives, precision, checkpoint.weights(), ops.nodes(), exact, condition.memory());
      conditioning = compiler.program();
      Tensor result = compiler.result(condition.vector());
      conditionVector = result.floats();
      velocity = new VelocityPrograms(
          natives, config, checkpoint.weights(), precision, result, condition.memory().stream().map(compiler::result).toList(),
          condition.present() == null ? null : compiler.result(condition.present()));
    } catch (RuntimeException e) {
      natives.close();
      throw e;
    }
  }

  /** One program for all cameras, so that its weights are in memory once. */
  private void compileVision(SafetensorsFile weights) {
    NodeOps ops = new NodeOps();
    Tensor input = natives.allocate(OneDnn.F32, 1, 3, config.imageHeight(), config.imageWidth());
    Node result = new PolicyNetwork<>(config, ops).vision(ops.input(input));
    Compiler compiler = new Compiler(natives, precision, weights, ops.nodes(), List.of(result), List.of());
    vision = compiler.program();
    picture = input.floats();
    pictureTokens = compiler.result(result).floats();
  }

  private static Tensor tensor(FloatBuffer buffer, int... shape) {
    return Tensor.dense(Pointer.nativeValue(Native.getDirectBufferPointer(buffer)), OneDnn.F32, shape);
  }

  @Override
  public String description() {
    String threads = options.threads() == 1 ? "1 thread" : options.threads() + " threads";
    return "oneDNN " + OneDnn.version() + ", CPU, " + (precision == Precision.INT8 ? "int8" : "bfloat16") + ", " + threads
        + (batch > 1 ? ", batch " + batch : "");
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
    OneDnn.omp_set_num_threads(options.threads());
    for (int slot = 0; slot < slots; slot++) {
      int at = slot * pictureTokens.capacity();
      present.put(slot, cameraPresent[slot] ? 1 : 0);
      if (cameraPresent[slot]) {
        picture.put(0, images, slot * picture.capacity(), picture.capacity());
        vision.run();
        tokens.put(at, pictureTokens, 0, pictureTokens.capacity());
      } else {
        for (int i = 0; i < pictureTokens.capacity(); i++) {
          tokens.put(at + i, 0);
        }
      }
    }
  }

  @Override
  public void encodeState() {
    OneDnn.omp_set_num_threads(options.threads());
    conditioning.run();
    vector.put(0, conditionVector, 0, vector.capacity());
  }

  @Override
  public FloatBuffer visionTokens() {
    return tokens.asReadOnlyBuffer();
  }

  @Override
  public FloatBuffer condition() {
    return vector.asReadOnlyBuffer();
  }

  /** As {@link IntegrationPlan#integrate}, without its garbage. */
  @Override
  public void integrate(IntegrationPlan plan, Guidance guidance, float[] x) {
    OneDnn.omp_set_num_threads(options.threads());
    if (plan != prepared) {
      velocity.prepare(plan.times());
      prepared = plan;
    }
    System.arraycopy(x, 0, y, 0, x.length);
    // Of the chunk before, which may have been NaN: its weight of 0 would not take that away.
    Arrays.fill(previous, 0);
    for (int e = 0; e < plan.evaluations(); e++) {
      velocity.evaluate(e, y, v);
      if (guidance != null) {
        guidance.correct(v, y, plan.times()[e]);
      }
      float before = plan.previousWeights()[e];
      float now = plan.velocityWeights()[e];
      for (int i = 0; i < x.length; i++) {
        y[i] = x[i] + before * previous[i] + now * v[i];
      }
      if (plan.advances()[e]) {
        System.arraycopy(y, 0, x, 0, x.length);
      }
      System.arraycopy(v, 0, previous, 0, x.length);
    }
  }

  @Override
  public void velocity(float[] x, float t, float[] into) {
    OneDnn.omp_set_num_threads(options.threads());
    prepared = null;
    velocity.prepare(new float[] {t});
    velocity.evaluate(0, x, into);
  }

  @Override
  public float[] timeEmbedding(float t) {
    try (Natives once = new Natives(natives)) {
      NodeOps ops = new NodeOps();
      Tensor time = once.constant(new float[] {t}, 1);
      Node embedding = new PolicyNetwork<>(config, ops).timeEmbedding(ops.input(time));
      Compiler compiler = new Compiler(once, Precision.FLOAT32, null, ops.nodes(), List.of(embedding), List.of());
      compiler.program().run();
      float[] values = new float[config.hiddenDim()];
      compiler.result(embedding).floats().get(0, values);
      return values;
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      natives.close();
    }
  }
}
