package flowmatching.training.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.model.ConfigField;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.FlowMatchingConfigBuilder;
import flowmatching.model.PolicyFeature;
import java.util.Map;
import java.util.Set;

/** The policy in a {@code train_config.json}: what {@code config.json} holds too. */
final class PolicyBlock {
  static final String PREFIX = "policy.";

  private static final int RGB = 3;

  /** What describes the network and its data, and not a run. */
  private static final Set<String> STRUCTURE =
      Set.of("type", "input_features", "output_features", "normalization_mapping", "image_size", "vit", "delta_actions");

  private PolicyBlock() {}

  /** Checks the values that are flags; what else is there is the network's to check, or another program's. */
  static void check(String file, ObjectNode policy) {
    policy.properties().forEach(entry -> {
      String name = PREFIX + entry.getKey();
      TrainingFlag flag = TrainingFlags.ALL.get(name);
      if (flag != null && !entry.getValue().isNull()) {
        flag.check(file, entry.getValue());
      } else if (UnsupportedFlags.decidesTheWeights(name) && entry.getValue().asBoolean()) {
        throw new BadInputException(file + ": " + name + ": expected false, because " + UnsupportedFlags.reason(name).orElseThrow());
      }
    });
  }

  /** The network of a policy that is trained further, without what its own training run had: where it was uploaded to, and so on. */
  static ObjectNode network(ObjectNode config) {
    ObjectNode network = JsonNodeFactory.instance.objectNode();
    config.properties().forEach(entry -> {
      String name = PREFIX + entry.getKey();
      boolean ofTheRun = TrainingFlags.ALL.containsKey(name) && !isStructure(entry.getKey());
      if (!ofTheRun && !entry.getKey().equals("pretrained_path")) {
        network.set(entry.getKey(), entry.getValue());
      }
    });
    return network;
  }

  private static boolean isStructure(String key) {
    return STRUCTURE.contains(key) || ConfigField.ALL.containsKey(key);
  }

  /** A new policy's configuration: what is given, and for the rest what fits the data and what new policies turn on. */
  static FlowMatchingConfig created(ObjectNode policy, DatasetInfo info) {
    FlowMatchingConfigBuilder builder = FlowMatchingConfig.builder();
    for (DatasetFeature camera : info.cameras()) {
      if (camera.shape().get(2) == RGB) { // depth maps have one channel
        builder.camera(camera.key(), camera.shape().get(0), camera.shape().get(1));
      }
    }
    if (info.features().containsKey(PolicyFeature.STATE)) {
      builder.state(vector(info, PolicyFeature.STATE).size());
    }
    return builder.action(vector(info, PolicyFeature.ACTION).size(), info.fps()).setAll(policy).build();
  }

  /** The configuration of a policy that was there before. Where it does not know its rate, the data set's is taken. */
  static FlowMatchingConfig kept(ObjectNode policy, DatasetInfo info) {
    ObjectNode all = policy.deepCopy();
    if (!all.path("fps").isNumber()) {
      all.put("fps", info.fps());
    }
    return FlowMatchingConfig.parse("policy", all);
  }

  /** The same with the sizes of the data set's pictures: a robot resizes its own to these, so that it sees what training saw. */
  static FlowMatchingConfig withPictures(FlowMatchingConfig config, DatasetInfo info, Map<String, String> renames) {
    ObjectNode features = config.toJson().withObject("input_features");
    for (DatasetFeature camera : info.cameras()) {
      if (features.path(renames.getOrDefault(camera.key(), camera.key())).path("shape") instanceof ArrayNode shape && shape.size() == camera.shape().size()) {
        shape.set(1, camera.shape().get(0)).set(2, camera.shape().get(1)); // channels are first in a policy, last in a data set
      }
    }
    return config.with("input_features", features);
  }

  private static DatasetFeature vector(DatasetInfo info, String key) {
    DatasetFeature feature = info.feature(key);
    if (feature.isVisual() || !feature.isNumeric()) {
      throw new BadInputException(info.file() + ": features." + key + ": expected numbers, found " + feature.dtype());
    }
    return feature;
  }
}
