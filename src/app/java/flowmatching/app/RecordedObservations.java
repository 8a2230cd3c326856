package flowmatching.app;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyProcessors;
import flowmatching.policy.PolicySpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A data set's frames as observations of a policy, after a check that the two fit. */
public final class RecordedObservations {

  private final LeRobotDataset dataset;
  private final List<String> cameras;
  private final boolean hasState;

  /** @throws BadInputException where a camera that the policy needs, the state or the action is missing or of another size */
  public RecordedObservations(LeRobotDataset dataset, FlowMatchingPolicy policy) {
    this(dataset, policy.spec(), policy.processors());
  }

  /** The same for a policy that is not open. */
  public RecordedObservations(LeRobotDataset dataset, PolicySpec policy, PolicyProcessors processors) {
    this.dataset = dataset;
    Map<String, String> renames = processors.renames();
    List<String> wanted = policy.cameras().stream().map(PolicyFeature::key).toList();
    List<String> recorded = dataset.info().cameras().stream().map(DatasetFeature::key).toList();
    cameras = recorded.stream().filter(key -> wanted.contains(renames.getOrDefault(key, key))).toList();
    if (wanted.size() - cameras.size() > policy.missingCameras() || !wanted.isEmpty() && cameras.isEmpty()) {
      throw new BadInputException(
          dataset.root() + ": the policy's cameras are " + wanted + ", of which " + policy.missingCameras() + " may be missing; the data set has " + recorded);
    }
    hasState = policy.stateSize() > 0;
    if (hasState) {
      checkSize(PolicyFeature.STATE, policy.stateSize());
    }
    checkSize(PolicyFeature.ACTION, policy.actionSize());
  }

  private void checkSize(String key, int expected) {
    DatasetFeature feature = dataset.info().feature(key);
    if (!feature.isNumeric() || feature.size() != expected) {
      throw new BadInputException(dataset.info().file() + ": '" + key + "': the policy expects " + expected + " numbers, found " + feature.size() + " of type "
          + feature.dtype() + " " + feature.names());
    }
  }

  /** The data set's keys of the cameras that the policy looks at. */
  public List<String> cameras() {
    return cameras;
  }

  /** The item at a global index, with the pictures that the policy looks at. */
  public Item item(int index) {
    return dataset.item(index, cameras);
  }

  /** What the policy sees of an item. */
  public Observation observation(Item item) {
    Map<String, RgbImage> images = new HashMap<>();
    item.images().forEach((key, pictures) -> images.put(key, pictures.get(pictures.size() - 1)));
    return new Observation(images, hasState ? item.values().get(PolicyFeature.STATE) : new float[0]);
  }

  /** The names of the action's values, or their numbers where the data set has no names. */
  public List<String> actionNames() {
    DatasetFeature action = dataset.info().feature(PolicyFeature.ACTION);
    if (!action.names().isEmpty()) {
      return action.names();
    }
    return IntStream.range(0, action.size()).mapToObj(i -> "action[" + i + "]").toList();
  }
}
