package flowmatching.model;

import java.util.List;

/**
 * The vision encoder, torchvision's ViT (Dosovitskiy et al. 2020): pictures [B, 3, H, W] with values in [0, 1] to tokens
 * [B, 1 + patches, width], the class token first, patches row by row.
 *
 * <p>ImageNet's mean and deviation are taken off inside, so callers feed plain values.
 */
final class VisionTransformer<T> {
  static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
  static final float[] IMAGENET_STD = {0.229f, 0.224f, 0.225f};

  private static final String NAME = "model.vision_encoder.vit_encoder";
  private static final double EPSILON = 1e-6;

  private final TensorOps<T> ops;
  private final Layers<T> layers;
  private final VisionBackbone size;
  private final int tokens;

  VisionTransformer(FlowMatchingConfig config, TensorOps<T> ops) {
    this.ops = ops;
    this.layers = new Layers<>(ops);
    this.size = config.backbone();
    this.tokens = 1 + size.patches(config.imageHeight(), config.imageWidth());
  }

  /** Tokens [B, 1 + patches, width], the class token first. */
  T tokens(T images) {
    return forward(images, false);
  }

  /** The class token alone, [B, 1, width]: the last block computes nothing for the patches. */
  T classToken(T images) {
    return forward(images, true);
  }

  private T forward(T images, boolean classOnly) {
    int width = size.width();
    T classToken = ops.parameter(NAME + ".class_token", 1, 1, width);
    T weight = ops.parameter(NAME + ".conv_proj.weight", width, 3, size.patchSize(), size.patchSize());
    T patches = ops.patches(normalize(images), weight, ops.parameter(NAME + ".conv_proj.bias", width));
    T x = ops.concat(1, List.of(ops.repeatBatch(classToken, patches), patches));
    x = ops.add(x, ops.parameter(NAME + ".encoder.pos_embedding", 1, tokens, width));
    for (int i = 0; i < size.layers(); i++) {
      String name = NAME + ".encoder.layers.encoder_layer_" + i;
      T input = x;
      boolean firstOnly = classOnly && i + 1 == size.layers();
      x = ops.part(() -> block(name, input, firstOnly));
    }
    return layers.layerNorm(NAME + ".encoder.ln", x, width, EPSILON);
  }

  private T normalize(T images) {
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      shift[c] = -IMAGENET_MEAN[c];
      scale[c] = 1 / IMAGENET_STD[c];
    }
    return ops.multiply(ops.add(images, ops.constant(shift, 1, 3, 1, 1)), ops.constant(scale, 1, 3, 1, 1));
  }

  /** Pre-norm: x += attention(LN(x)); x += MLP(LN(x)). */
  private T block(String name, T input, boolean firstOnly) {
    int width = size.width();
    T normed = layers.layerNorm(name + ".ln_1", input, width, EPSILON);
    T x = firstOnly
        ? ops.add(ops.slice(input, 1, 0, 1), layers.selfAttentionOfFirst(name + ".self_attention", normed, width, size.heads()))
        : ops.add(input, layers.selfAttention(name + ".self_attention", normed, width, size.heads(), 0));
    T y = layers.linear(name + ".mlp.0", layers.layerNorm(name + ".ln_2", x, width, EPSILON), width, size.mlpWidth());
    return ops.add(x, layers.linear(name + ".mlp.3", ops.gelu(y), size.mlpWidth(), width));
  }
}
