package flowmatching.checkpoint;

import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Random weights for a new policy, drawn as PyTorch's modules draw theirs: Linear uniform in 1/sqrt(inputs), attention's packed
 * matrix and the ViT's MLP Xavier uniform, norms 1 and 0; but for the places of patches, see {@link #positions}.
 *
 * <p>Each tensor has a random stream of its own, from the seed and its name: adding a layer changes no other.
 */
final class WeightInitializer {
  private static final double CAMERA_DEVIATION = 0.02;
  private static final double LONGEST = 10_000;
  private static final double MLP_BIAS_DEVIATION = 1e-6;

  private final FlowMatchingConfig config;
  private final ModelSummary summary;
  private final long seed;

  WeightInitializer(FlowMatchingConfig config, long seed) {
    this.config = config;
    this.summary = new ModelSummary(config);
    this.seed = seed;
  }

  void write(Path path) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    summary.shapes().forEach((name, shape) -> {
      long[] sizes = java.util.Arrays.stream(shape).asLongStream().toArray();
      writer.addFloats(name, sizes, () -> values(name, shape));
    });
    writer.write(path);
  }

  private float[] values(String name, int[] shape) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + name.hashCode());
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    int inputs = shape.length > 1 ? count / shape[0] : 0;
    if (name.endsWith("pos_embedding")) {
      return positions(shape[1], shape[2]);
    } else if (name.endsWith("camera_embedding")) {
      return normal(random, count, CAMERA_DEVIATION);
    } else if (name.endsWith("conv_proj.weight")) {
      return normal(random, count, Math.sqrt(1.0 / inputs));
    } else if (name.endsWith("in_proj_weight") || name.contains(".mlp.") && name.endsWith("weight")) {
      return uniform(random, count, Math.sqrt(6.0 / (shape[0] + shape[1])));
    } else if (name.contains(".mlp.")) {
      return normal(random, count, MLP_BIAS_DEVIATION);
    } else if (isNorm(name)) {
      float[] values = new float[count];
      java.util.Arrays.fill(values, name.endsWith("weight") ? 1 : 0);
      return values;
    } else if (name.endsWith("class_token") || name.endsWith("in_proj_bias") || name.contains("self_") && name.endsWith("out_proj.bias") || name.endsWith("conv_proj.bias")) {
      return new float[count];
    }
    return uniform(random, count, 1 / Math.sqrt(name.endsWith("bias") ? inputsOf(name) : inputs));
  }

  /**
   * Where each patch is, as sines and cosines of its column and row: a quarter of the width each. Vision transformers that are trained
   * from scratch need them this large (Beyer et al. 2022, arXiv 2205.01580); torchvision's normal numbers of deviation 0.02 drown in the
   * patches' colours, and small policies then do not find what they look for.
   */
  private float[] positions(int tokens, int width) {
    int columns = config.imageWidth() / config.backbone().patchSize();
    int quarter = width / 4;
    float[] values = new float[tokens * width]; // the class token is nowhere
    for (int patch = 0; patch < tokens - 1; patch++) {
      double[] place = {patch % columns, patch / columns};
      for (int i = 0; i < quarter; i++) {
        double frequency = Math.pow(LONGEST, -(double) i / Math.max(1, quarter - 1));
        for (int axis = 0; axis < place.length; axis++) {
          int at = (patch + 1) * width + 2 * axis * quarter + i;
          values[at] = (float) Math.sin(place[axis] * frequency);
          values[at + quarter] = (float) Math.cos(place[axis] * frequency);
        }
      }
    }
    return values;
  }

  private static boolean isNorm(String name) {
    return name.matches(".*\\.(ln|ln_\\d|norm|norm\\d)\\.(weight|bias)");
  }

  private int inputsOf(String bias) {
    return summary.shapes().get(bias.substring(0, bias.length() - "bias".length()) + "weight")[1];
  }

  private static float[] uniform(SplittableRandom random, int count, double bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return values;
  }

  private static float[] normal(SplittableRandom random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }
}
