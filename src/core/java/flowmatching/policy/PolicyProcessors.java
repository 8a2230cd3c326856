package flowmatching.policy;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import flowmatching.model.PolicyFeature.Type;
import flowmatching.model.PolicyFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What happens to values on their way into the network and out of it: renaming and normalisation, as a checkpoint's processor
 * files say.
 *
 * @param renames observation keys to the policy's keys
 * @param inputs normalisation by the policy's feature key; identity where absent
 * @param action normalisation of the action
 */
public record PolicyProcessors(Map<String, String> renames, Map<String, Normalizer> inputs, Normalizer action) {
  public static final String PREPROCESSOR = "policy_preprocessor.json";
  public static final String POSTPROCESSOR = "policy_postprocessor.json";

  private static final String NORMALIZER = "normalizer_processor";

  /** Steps that move tensors between devices or add a batch: nothing to do here. */
  private static final Set<String> WITHOUT_EFFECT = Set.of("to_batch_processor", "device_processor");

  public PolicyProcessors {
    renames = Map.copyOf(renames);
    inputs = Map.copyOf(inputs);
  }

  /** Nothing is renamed or scaled. */
  public static PolicyProcessors none() {
    return new PolicyProcessors(Map.of(), Map.of(), Normalizer.identity());
  }

  /** The normalisation of an input feature. */
  public Normalizer input(String key) {
    return inputs.getOrDefault(key, Normalizer.identity());
  }

  /**
   * Normalisation from a data set's statistics, as a new policy's configuration asks for it.
   *
   * @param statistics by feature key, then by statistic
   */
  public static PolicyProcessors of(FlowMatchingConfig config, Map<String, Map<String, float[]>> statistics) {
    Map<String, Normalizer> inputs = new HashMap<>();
    for (PolicyFeature feature : config.inputs()) {
      inputs.put(feature.key(), normalizer(feature, config.normalization(feature.type()), statistics));
    }
    return new PolicyProcessors(Map.of(), inputs, normalizer(config.action(), config.normalization(Type.ACTION), statistics));
  }

  private static Normalizer normalizer(PolicyFeature feature, NormalizationMode mode, Map<String, Map<String, float[]>> statistics) {
    // A picture has one value a channel, a vector one an entry: both are the first size of the shape.
    return Normalizer.of(feature.key(), mode, statistics.getOrDefault(feature.key(), Map.of()), feature.shape().get(0));
  }

  /**
   * Reads a checkpoint's processor files.
   *
   * @throws BadInputException where they are missing, a step is not known, or a statistic that a feature's mode needs is missing
   */
  public static PolicyProcessors load(Path directory, FlowMatchingConfig config) {
    Map<String, String> renames = new LinkedHashMap<>();
    Map<String, Normalizer> inputs = null;
    for (JsonNode step : steps(directory, PREPROCESSOR)) {
      String name = step.path("registry_name").asText();
      if (name.equals("rename_observations_processor")) {
        step.path("config").path("rename_map").properties().forEach(e -> renames.put(e.getKey(), e.getValue().asText()));
      } else if (name.equals(NORMALIZER)) {
        requireFirst(inputs, directory.resolve(PREPROCESSOR), name);
        Statistics statistics = Statistics.read(directory, PREPROCESSOR, step);
        inputs = new HashMap<>();
        for (PolicyFeature feature : config.inputs()) {
          inputs.put(feature.key(), covers(step.path("config"), feature.key()) ? statistics.normalizer(feature) : Normalizer.identity());
        }
      } else {
        requireWithoutEffect(directory.resolve(PREPROCESSOR), name);
      }
    }
    if (inputs == null) {
      throw withoutNormalizer(directory);
    }
    Normalizer action = null;
    for (JsonNode step : steps(directory, POSTPROCESSOR)) {
      String name = step.path("registry_name").asText();
      if (name.equals("unnormalizer_processor")) {
        requireFirst(action, directory.resolve(POSTPROCESSOR), name);
        action = Statistics.read(directory, POSTPROCESSOR, step).normalizer(config.action());
      } else {
        requireWithoutEffect(directory.resolve(POSTPROCESSOR), name);
      }
    }
    if (action == null) {
      throw new BadInputException(directory.resolve(POSTPROCESSOR) + ": expected a step 'unnormalizer_processor', found none");
    }
    return new PolicyProcessors(renames, inputs, action);
  }

  /**
   * The statistics of the training data that a checkpoint's preprocessor holds, by feature key and then by name; more than
   * normalisation needs.
   *
   * @throws BadInputException where the files are missing or broken
   */
  public static Map<String, Map<String, float[]>> statistics(Path directory) {
    for (JsonNode step : steps(directory, PREPROCESSOR)) {
      if (step.path("registry_name").asText().equals(NORMALIZER)) {
        return Statistics.read(directory, PREPROCESSOR, step).byFeature();
      }
    }
    throw withoutNormalizer(directory);
  }

  private static BadInputException withoutNormalizer(Path directory) {
    return new BadInputException(directory.resolve(PREPROCESSOR) + ": expected a step '" + NORMALIZER + "', found none");
  }

  /** Whether LeRobot's step normalises a feature: one of its {@code features}, and of {@code normalize_observation_keys} where there are any. */
  private static boolean covers(JsonNode config, String key) {
    JsonNode features = config.path("features");
    JsonNode only = config.path("normalize_observation_keys");
    boolean named = !only.isArray();
    for (JsonNode name : only) {
      named |= name.asText().equals(key);
    }
    return named && (features.isMissingNode() || features.has(key));
  }

  private static void requireFirst(Object before, Path file, String step) {
    if (before != null) {
      throw new BadInputException(file + ": expected one step '" + step + "', found several");
    }
  }

  private static JsonNode steps(Path directory, String file) {
    Path path = directory.resolve(file);
    if (!Files.exists(path)) {
      throw new BadInputException(
          path + ": no such file; it holds the statistics that the policy was trained with. To run without any, say --normalization=none to a command that has it");
    }
    JsonNode steps = JsonFile.read(path).path("steps");
    if (!steps.isArray()) {
      throw new BadInputException(path + ": expected a list 'steps', found " + (steps.isMissingNode() ? "nothing" : steps.getNodeType()));
    }
    return steps;
  }

  private static void requireWithoutEffect(Path file, String step) {
    if (!WITHOUT_EFFECT.contains(step)) {
      throw new BadInputException(file + ": step '" + step + "' is not supported; leaving it out would change what the policy sees");
    }
  }

  /** One normalizer step: modes by feature type, statistics by feature. */
  private record Statistics(Path file, JsonNode modes, Map<String, Map<String, float[]>> byFeature) {
    static Statistics read(Path directory, String file, JsonNode step) {
      Map<String, Map<String, float[]>> byFeature = new HashMap<>();
      String state = step.path("state_file").asText("");
      if (!state.isEmpty()) {
        if (state.contains("/") || state.contains("\0")) {
          throw new BadInputException(directory.resolve(file) + ": state_file: expected a file name, found '" + state + "'");
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(directory.resolve(state))) {
          for (String name : tensors.names()) {
            int dot = name.lastIndexOf('.');
            if (dot > 0) {
              byFeature.computeIfAbsent(name.substring(0, dot), key -> new HashMap<>()).put(name.substring(dot + 1), tensors.floats(name));
            }
          }
        }
      }
      double epsilon = step.path("config").path("eps").asDouble(Normalizer.EPSILON);
      if ((float) epsilon != Normalizer.EPSILON) {
        throw new BadInputException(directory.resolve(file) + ": eps: expected " + Normalizer.EPSILON + ", found " + epsilon);
      }
      return new Statistics(directory.resolve(file), step.path("config").path("norm_map"), byFeature);
    }

    Normalizer normalizer(PolicyFeature feature) {
      String mode = modes.path(feature.type().name()).asText(NormalizationMode.IDENTITY.name());
      try {
        return PolicyProcessors.normalizer(feature, NormalizationMode.valueOf(mode), byFeature);
      } catch (IllegalArgumentException e) {
        throw new BadInputException(file + ": norm_map." + feature.type() + ": unknown mode '" + mode + "'", e);
      } catch (BadInputException e) {
        throw new BadInputException(file + ": " + e.getMessage(), e);
      }
    }
  }
}
