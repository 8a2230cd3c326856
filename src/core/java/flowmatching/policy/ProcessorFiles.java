package flowmatching.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the processor files of a new checkpoint, as LeRobot 0.6.1 writes its own and reads them; {@link PolicyProcessors} reads. */
public final class ProcessorFiles {
  private static final String NORMALIZER_STATE = "policy_preprocessor_step_3_normalizer_processor.safetensors";
  private static final String UNNORMALIZER_STATE = "policy_postprocessor_step_0_unnormalizer_processor.safetensors";
  private static final double EPSILON = 1e-8;

  private ProcessorFiles() {}

  /**
   * @param statistics of the training data, by feature key and then by name
   * @throws flowmatching.BadInputException where a statistic that a feature's mode needs is missing
   */
  public static void write(Path directory, FlowMatchingConfig config, Map<String, Map<String, float[]>> statistics) throws IOException {
    write(directory, config, statistics, Map.of());
  }

  /** The same with names: {@code renames} has the policy's name of each observation that the data set calls otherwise. */
  public static void write(
      Path directory, FlowMatchingConfig config, Map<String, Map<String, float[]>> statistics, Map<String, String> renames) throws IOException {
    PolicyProcessors.of(config, statistics);
    ObjectNode preprocessor = pipeline("policy_preprocessor");
    ObjectNode names = step(preprocessor, "rename_observations_processor").putObject("rename_map");
    renames.forEach(names::put);
    step(preprocessor, "to_batch_processor");
    step(preprocessor, "device_processor").put("device", "cpu").putNull("float_dtype");
    List<PolicyFeature> all = new ArrayList<>(config.inputs());
    all.add(config.action());
    normalizer(preprocessor, "normalizer_processor", config, all, NORMALIZER_STATE);
    ObjectNode postprocessor = pipeline("policy_postprocessor");
    normalizer(postprocessor, "unnormalizer_processor", config, List.of(config.action()), UNNORMALIZER_STATE);
    step(postprocessor, "device_processor").put("device", "cpu").putNull("float_dtype");

    List<String> visual = config.cameras().stream().map(PolicyFeature::key).toList();
    writeStatistics(directory.resolve(NORMALIZER_STATE), visual, statistics);
    writeStatistics(directory.resolve(UNNORMALIZER_STATE), visual, statistics);
    JsonFile.write(directory.resolve(PolicyProcessors.PREPROCESSOR), preprocessor);
    JsonFile.write(directory.resolve(PolicyProcessors.POSTPROCESSOR), postprocessor);
  }

  private static ObjectNode pipeline(String name) {
    ObjectNode pipeline = JsonNodeFactory.instance.objectNode().put("name", name);
    pipeline.putArray("steps");
    return pipeline;
  }

  private static ObjectNode step(ObjectNode pipeline, String name) {
    ObjectNode step = ((ArrayNode) pipeline.get("steps")).addObject().put("registry_name", name);
    return step.putObject("config");
  }

  private static void normalizer(ObjectNode pipeline, String name, FlowMatchingConfig config, List<PolicyFeature> features, String state) {
    ObjectNode settings = step(pipeline, name).put("eps", EPSILON);
    ObjectNode listed = settings.putObject("features");
    for (PolicyFeature feature : features) {
      ArrayNode shape = listed.putObject(feature.key()).put("type", feature.type().name()).putArray("shape");
      feature.shape().forEach(shape::add);
    }
    ObjectNode modes = settings.putObject("norm_map");
    for (PolicyFeature.Type type : List.of(PolicyFeature.Type.VISUAL, PolicyFeature.Type.STATE, PolicyFeature.Type.ACTION)) {
      modes.put(type.name(), config.normalization(type).name());
    }
    ArrayNode steps = (ArrayNode) pipeline.get("steps");
    ((ObjectNode) steps.get(steps.size() - 1)).put("state_file", state);
  }

  private static void writeStatistics(Path file, List<String> visual, Map<String, Map<String, float[]>> statistics) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    new TreeMap<>(statistics).forEach((feature, values) ->
        new TreeMap<>(values).forEach((name, value) -> {
          // A picture's statistics are one value a channel, shaped to broadcast over height and width.
          boolean channels = visual.contains(feature) && !name.equals("count");
          writer.addFloats(feature + "." + name, channels ? new long[] {value.length, 1, 1} : new long[] {value.length}, () -> value);
        }));
    writer.write(file);
  }
}
