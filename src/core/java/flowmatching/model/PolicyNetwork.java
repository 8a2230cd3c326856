package flowmatching.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The flow matching policy's network, written once for every interpreter.
 *
 * <pre>
 *   pictures -> vision transformer -> class token * present -> join cameras -> vision_proj \
 *   state    -> zero-padded -> state_proj -------------------------------------- join -> cond_network (3 linear, ReLU) = condition
 *
 *   x_t -> action_in_proj \
 *   t   -> sines, cosines - join -> linear -> SiLU -> linear, + condition (+ step encoding)
 *                                   -> [attend to patch tokens,] transformer layer, n times -> action_out_proj = velocity
 * </pre>
 *
 * <p>Sizes: B batch, C cameras, d vit_embed_dim, h hidden_dim, T actions a chunk, A max_action_dim, P patches of a camera.
 * What does not depend on x_t or t is computed once an observation: {@link #vision}, {@link #condition}.
 *
 * @param <T> a tensor of the interpreter
 */
public final class PolicyNetwork<T> {
  private static final double EPSILON = 1e-5;

  private final FlowMatchingConfig config;
  private final TensorOps<T> ops;
  private final Layers<T> layers;
  private final int hidden;

  public PolicyNetwork(FlowMatchingConfig config, TensorOps<T> ops) {
    this.config = config;
    this.ops = ops;
    this.layers = new Layers<>(ops);
    this.hidden = config.hiddenDim();
  }

  /**
   * What the action tokens are conditioned on.
   *
   * @param vector [B, h]
   * @param memory keys and values of the patch tokens by layer, each [B, C * P, 2 h]; empty with {@code vision_tokens: class}
   * @param present [B, C * P], 1 for tokens of cameras that are there; null where there is no memory
   */
  public record Condition<T>(T vector, List<T> memory, T present) {}

  /** Tokens that {@link #vision} gives for a picture: the class token alone, or with the patches. */
  public static int tokensPerCamera(FlowMatchingConfig config) {
    return config.patchTokens() ? 1 + config.backbone().patches(config.imageHeight(), config.imageWidth()) : 1;
  }

  /** Pictures [N, 3, H, W] with values in [0, 1] to tokens [N, {@link #tokensPerCamera}, d], the class token first. */
  public T vision(T images) {
    VisionTransformer<T> transformer = new VisionTransformer<>(config, ops);
    return config.patchTokens() ? transformer.tokens(images) : transformer.classToken(images);
  }

  /**
   * @param tokens [B, C, tokens, d] of every camera slot; null without cameras
   * @param present [B, C], 1 for a camera that is there, 0 for one that is not; null without cameras
   * @param state [B, max_state_dim], zero-padded
   */
  public Condition<T> condition(T tokens, T present, T state) {
    T z = layers.linear("model.state_proj", state, config.maxStateDim(), hidden);
    int width = hidden;
    if (tokens != null) {
      int cameras = config.cameras().size();
      int d = config.vitEmbedDim();
      T classTokens = ops.reshape(ops.slice(tokens, 2, 0, 1), -1, cameras, d);
      T seen = ops.reshape(ops.multiply(classTokens, ops.reshape(present, -1, cameras, 1)), -1, cameras * d);
      z = ops.concat(1, List.of(z, layers.linear("model.vision_proj", seen, cameras * d, hidden)));
      width = 2 * hidden;
    }
    T vector = ops.relu(layers.linear("model.cond_network.0", z, width, hidden));
    vector = ops.relu(layers.linear("model.cond_network.2", vector, hidden, hidden));
    vector = layers.linear("model.cond_network.4", vector, hidden, hidden);
    return config.patchTokens() ? withMemory(vector, tokens, present) : new Condition<>(vector, List.of(), null);
  }

  private Condition<T> withMemory(T vector, T tokens, T present) {
    int cameras = config.cameras().size();
    int d = config.vitEmbedDim();
    int patches = tokensPerCamera(config) - 1;
    T camera = ops.reshape(ops.parameter("model.camera_embedding", cameras, d), 1, cameras, 1, d);
    T seen = ops.reshape(ops.add(ops.slice(tokens, 2, 1, 1 + patches), camera), -1, cameras * patches, d);
    List<T> memory = new ArrayList<>();
    for (int n = 0; n < config.numLayers(); n++) {
      memory.add(layers.linear("model.vision_attention." + n + ".kv_proj", seen, d, 2 * hidden));
    }
    T mask = ops.repeat(ops.reshape(present, -1, cameras, 1), 2, patches);
    return new Condition<>(vector, memory, ops.reshape(mask, -1, cameras * patches));
  }

  /** Flow times [B] to their embedding [B, h]: first all sines, then all cosines. */
  public T timeEmbedding(T t) {
    float[] frequencies = TimeEmbedding.frequencies(hidden, config.timeMinPeriod(), config.timeMaxPeriod());
    T angle = ops.multiply(ops.reshape(t, -1, 1), ops.constant(frequencies, 1, hidden / 2));
    return ops.concat(1, List.of(ops.sin(angle), ops.cos(angle)));
  }

  /**
   * The velocity of the flow.
   *
   * @param condition of the observation
   * @param x [B, T, A], actions on their way from noise
   * @param t [B], flow time from 1 (noise) to 0 (action)
   * @return [B, T, A]
   */
  public T velocity(Condition<T> condition, T x, T t) {
    int steps = config.chunkLength();
    T action = layers.linear("model.action_in_proj", x, config.maxActionDim(), hidden);
    T z = ops.add(actionPart(action), ops.reshape(timePart(timeEmbedding(t)), -1, 1, hidden));
    z = layers.linear("model.action_time_mlp_out", ops.silu(z), hidden, hidden);
    z = ops.add(z, ops.reshape(condition.vector(), -1, 1, hidden));
    if (config.sinusoidalStepEncoding()) {
      z = ops.add(z, ops.constant(StepEncoding.sinusoidal(steps, hidden), 1, steps, hidden));
    }
    for (int n = 0; n < config.numLayers(); n++) {
      int layer = n;
      T input = z;
      z = ops.part(() -> denoisingLayer(layer, input, condition));
    }
    return layers.linear("model.action_out_proj", z, hidden, config.maxActionDim());
  }

  // action_time_mlp_in of [action | time]: the time is the same for all tokens, so its half of the product is made once.

  private T actionPart(T action) {
    return ops.linear(action, ops.slice(mixWeight(), 1, 0, hidden), ops.parameter("model.action_time_mlp_in.bias", hidden));
  }

  private T timePart(T embedding) {
    return ops.linear(embedding, ops.slice(mixWeight(), 1, hidden, 2 * hidden), null);
  }

  private T mixWeight() {
    return ops.parameter("model.action_time_mlp_in.weight", hidden, 2 * hidden);
  }

  /** Action tokens look at the patch tokens; post-norm. */
  private T visionAttention(String name, T z, T keysAndValues, T present) {
    T query = layers.linear(name + ".q_proj", z, hidden, hidden);
    T key = ops.slice(keysAndValues, 2, 0, hidden);
    T value = ops.slice(keysAndValues, 2, hidden, 2 * hidden);
    T seen = ops.attention(query, key, value, config.numHeads(), present, 0);
    return layers.layerNorm(name + ".norm", ops.add(z, layers.linear(name + ".out_proj", seen, hidden, hidden)), hidden, EPSILON);
  }

  /** {@code torch.nn.TransformerEncoderLayer}, post-norm, GELU; where there are patch tokens, after a look at them. */
  private T denoisingLayer(int layer, T input, Condition<T> condition) {
    T z = condition.memory().isEmpty()
        ? input
        : visionAttention("model.vision_attention." + layer, input, condition.memory().get(layer), condition.present());
    String name = "model.denoising_network." + layer;
    double dropout = config.dropout();
    T attended = layers.selfAttention(name + ".self_attn", z, hidden, config.numHeads(), dropout);
    T x = layers.layerNorm(name + ".norm1", ops.add(z, ops.dropout(attended, dropout)), hidden, EPSILON);
    T y = ops.gelu(layers.linear(name + ".linear1", x, hidden, config.dimFeedforward()));
    y = layers.linear(name + ".linear2", ops.dropout(y, dropout), config.dimFeedforward(), hidden);
    return layers.layerNorm(name + ".norm2", ops.add(x, ops.dropout(y, dropout)), hidden, EPSILON);
  }
}
