package flowmatching.training;

import flowmatching.training.torch.AdamW;
import flowmatching.training.torch.NetworkParameters;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters that share a learning rate, as an optimizer's param_groups list them.
 *
 * @param names in PyTorch's order
 * @param factor of the learning rate
 * @param optimizer of these parameters
 */
record ParameterGroup(List<String> names, double factor, AdamW optimizer) {
  private static final String VISION = "model.vision_encoder.";

  /**
   * All parameters in one group; with a vision factor other than 1 the vision encoder's in a second one, as LeRobot's policies order
   * theirs. A factor of 0 freezes the vision encoder: it belongs to no group and needs no gradients.
   */
  static List<ParameterGroup> of(NetworkParameters parameters, OptimizerOptions options) {
    List<String> vision = parameters.names().stream().filter(name -> name.startsWith(VISION)).toList();
    List<ParameterGroup> groups = new ArrayList<>();
    if (options.visionFactor() == 1 || vision.isEmpty()) {
      groups.add(group(parameters, parameters.names(), 1, options));
      return groups;
    }
    groups.add(group(parameters, parameters.names().stream().filter(name -> !name.startsWith(VISION)).toList(), 1, options));
    if (options.visionFactor() == 0) {
      parameters.all(vision).forEach(parameter -> parameter.requires_grad_(false));
    } else {
      groups.add(group(parameters, vision, options.visionFactor(), options));
    }
    return groups;
  }

  private static ParameterGroup group(NetworkParameters parameters, List<String> names, double factor, OptimizerOptions options) {
    AdamW.Settings settings = new AdamW.Settings(options.beta1(), options.beta2(), options.eps(), options.weightDecay());
    return new ParameterGroup(names, factor, new AdamW(parameters.all(names), settings));
  }
}
