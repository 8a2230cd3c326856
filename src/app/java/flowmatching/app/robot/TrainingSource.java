package flowmatching.app.robot;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicyProcessors;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.check.JointStatistics;
import flowmatching.ros.check.TrainingData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Reads what a robot is compared with: what a policy, a data set or both say of the training data. */
public final class TrainingSource {
  private TrainingSource() {}

  /**
   * What a policy takes and gives.
   *
   * @throws flowmatching.BadInputException where the checkpoint is missing or broken
   */
  public static PolicySpec policy(Path path) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return PolicySpec.of(checkpoint.config());
    }
  }

  /**
   * What a checkpoint says; without processor files it has no statistics.
   *
   * @throws flowmatching.BadInputException where a file is broken
   */
  public static TrainingData ofPolicy(Path path) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      PolicySpec spec = PolicySpec.of(checkpoint.config());
      Map<String, Map<String, float[]>> statistics = Files.exists(checkpoint.directory().resolve(PolicyProcessors.PREPROCESSOR))
          ? PolicyProcessors.statistics(checkpoint.directory()) : Map.of();
      return new TrainingData(path.toString(), spec.cameras(), List.of(), List.of(), joints(statistics, spec.stateSize()), spec.actionRate());
    }
  }

  /**
   * What a data set says.
   *
   * @throws flowmatching.BadInputException where a file is missing or broken
   */
  public static TrainingData ofDataset(Path root) {
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      Map<String, DatasetFeature> features = dataset.info().features();
      int joints = features.containsKey(PolicyFeature.STATE) ? features.get(PolicyFeature.STATE).size() : 0;
      return new TrainingData(root.toString(), dataset.info().cameras().stream().map(TrainingSource::camera).toList(), names(features, PolicyFeature.STATE),
          names(features, PolicyFeature.ACTION), joints(dataset.statistics().byFeature(), joints), OptionalDouble.of(dataset.info().fps()));
    }
  }

  private static List<String> names(Map<String, DatasetFeature> features, String key) {
    return features.containsKey(key) ? features.get(key).names() : List.of();
  }

  private static PolicyFeature camera(DatasetFeature feature) {
    return new PolicyFeature(
        feature.key(), PolicyFeature.Type.VISUAL, List.of(feature.shape().get(2), feature.shape().get(0), feature.shape().get(1)));
  }

  private static List<JointStatistics> joints(Map<String, Map<String, float[]>> statistics, int size) {
    return statistics.containsKey(PolicyFeature.STATE) ? JointStatistics.of(size, statistics.get(PolicyFeature.STATE)) : List.of();
  }
}
