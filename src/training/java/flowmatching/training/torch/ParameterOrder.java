package flowmatching.training.torch;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which the original policy's modules list their parameters: a module's own first, then its children's as they were
 * declared. Its vision transformer is torchvision's, where ln_2 follows self_attention; the reference declares ln_2 before it.
 */
final class ParameterOrder {
  /** Parts of names as the modules declare them; what stands on different levels never meets. */
  private static final List<String> DECLARED = List.of(
      "camera_embedding", "vision_encoder", "state_proj", "vision_proj", "action_in_proj", "action_out_proj", "action_time_mlp_in",
      "action_time_mlp_out", "cond_network", "vision_attention", "denoising_network",
      "class_token", "conv_proj", "encoder", "pos_embedding", "layers", "ln_1", "self_attention", "ln_2", "mlp", "ln",
      "self_attn", "linear1", "linear2", "norm1", "norm2",
      "in_proj_weight", "in_proj_bias", "q_proj", "kv_proj", "out_proj", "norm",
      "weight", "bias");

  private ParameterOrder() {}

  static List<String> sorted(Collection<String> names) {
    return names.stream().sorted(Comparator.comparing(name -> name.split("\\."), ParameterOrder::compare)).toList();
  }

  private static int compare(String[] a, String[] b) {
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      int order = Integer.compare(place(a[i]), place(b[i]));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.length, b.length);
  }

  /** Layers by their number, the rest as declared. */
  private static int place(String part) {
    String number = part.replaceFirst("^encoder_layer_", "");
    return number.matches("\\d+") ? Integer.parseInt(number) : DECLARED.indexOf(part);
  }
}
