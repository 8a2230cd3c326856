package flowmatching.model;

import java.util.Map;

/**
 * The sizes of a vision transformer.
 *
 * @param patchSize pixels along a patch's edge
 * @param layers encoder blocks
 * @param heads attention heads; divides {@code width}
 * @param width values a token
 * @param mlpWidth hidden width of a block's MLP
 */
public record VisionBackbone(int patchSize, int layers, int heads, int width, int mlpWidth) {
  /** torchvision's models by the name that {@code vision_backbone} takes. */
  public static final Map<String, VisionBackbone> NAMED =
      Map.of(
          "vit_b_16", new VisionBackbone(16, 12, 12, 768, 3072),
          "vit_b_32", new VisionBackbone(32, 12, 12, 768, 3072),
          "vit_l_16", new VisionBackbone(16, 24, 16, 1024, 4096),
          "vit_l_32", new VisionBackbone(32, 24, 16, 1024, 4096),
          "vit_h_14", new VisionBackbone(14, 32, 16, 1280, 5120));

  /** Patches of a picture of this size in pixels. */
  public int patches(int height, int width) {
    return (height / patchSize) * (width / patchSize);
  }
}
