package flowmatching.training;

import flowmatching.BadInputException;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/** Start values for the vision transformer, from a file with the names of torchvision's {@code VisionTransformer} (0.26). */
public final class VisionWeights {
  private static final String PREFIX = "model.vision_encoder.vit_encoder.";

  /** Of torchvision's file; the classifier, which a policy has no use for. */
  private static final String CLASSIFIER = "heads.";

  private VisionWeights() {}

  /**
   * Sets the parameters of the vision transformer.
   *
   * @throws BadInputException where one is missing, has another shape, or is of no use, naming all that do not fit
   */
  public static void load(Path file, NetworkParameters parameters) {
    List<String> wanted = parameters.names().stream().filter(name -> name.startsWith(PREFIX)).map(name -> name.substring(PREFIX.length())).toList();
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      check(file, weights, parameters, wanted);
      for (String name : wanted) {
        HostTensor.set(parameters.get(PREFIX + name), weights.floats(name));
      }
    }
  }

  private static void check(Path file, SafetensorsFile weights, NetworkParameters parameters, List<String> wanted) {
    List<String> wrong = new ArrayList<>();
    for (String name : wanted) {
      long[] expected = shape(parameters.get(PREFIX + name));
      if (!weights.has(name)) {
        wrong.add(name + " is missing");
      } else if (!Arrays.equals(expected, weights.entry(name).shape())) {
        wrong.add(name + ": expected " + Arrays.toString(expected) + ", found " + Arrays.toString(weights.entry(name).shape()));
      }
    }
    Set<String> known = Set.copyOf(wanted);
    weights.names().stream().filter(name -> !known.contains(name) && !name.startsWith(CLASSIFIER)).sorted().forEach(name -> wrong.add(name + " is of no use"));
    if (wanted.isEmpty()) {
      wrong.add("the policy has no camera");
    }
    if (!wrong.isEmpty()) {
      throw new BadInputException(file + ": expected the vision transformer's weights in torchvision's names, found that they do not fit: "
          + wrong.stream().limit(5).collect(Collectors.joining("; ")) + (wrong.size() > 5 ? "; and " + (wrong.size() - 5) + " more" : ""));
    }
  }

  private static long[] shape(Tensor tensor) {
    return tensor.sizes().vec().get();
  }
}
