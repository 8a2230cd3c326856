package flowmatching.training.data;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.ReadOptions;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.Normalizer;
import flowmatching.policy.PolicyProcessors;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Reads samples of a data set into a batch, as a policy wants them. Used by one thread, which has its own. */
final class SampleReader implements AutoCloseable {
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final BatchOptions options;
  private final PictureCache cache;
  private final LeRobotDataset dataset;
  private final Map<String, DatasetFeature> cameras;

  /** @throws BadInputException where the data set lacks what the policy needs, naming both sides */
  SampleReader(Path root, FlowMatchingConfig config, PolicyProcessors processors, BatchOptions options, PictureCache cache) {
    this.config = config;
    this.processors = processors;
    this.options = options;
    this.cache = cache;
    dataset = LeRobotDataset.open(root, ReadOptions.defaults().withDeltas(DeltaTimestamps.actions(config.chunkLength())));
    cameras = new LinkedHashMap<>();
    try {
      findCameras();
      checkSize(PolicyFeature.STATE, config.stateDim());
      checkSize(PolicyFeature.ACTION, config.actionDim());
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  private SampleReader(SampleReader other) {
    config = other.config;
    processors = other.processors;
    options = other.options;
    cache = other.cache;
    cameras = other.cameras;
    dataset = other.dataset.forAnotherThread();
  }

  /** The same for another thread, closed on its own; both share what was read of the set's tables. */
  SampleReader forAnotherThread() {
    return new SampleReader(this);
  }

  private void findCameras() {
    Map<String, DatasetFeature> recorded = recorded();
    for (PolicyFeature camera : config.cameras()) {
      if (recorded.containsKey(camera.key())) {
        cameras.put(camera.key(), recorded.get(camera.key()));
      }
    }
    int missing = config.cameras().size() - cameras.size();
    if (missing > config.emptyCameras() || (cameras.isEmpty() && missing > 0)) {
      throw new BadInputException(dataset.root() + ": the policy needs cameras " + config.cameras().stream().map(PolicyFeature::key).toList()
          + " of which " + config.emptyCameras() + " may be missing, found " + recorded.keySet());
    }
  }

  /** The data set's cameras by the policy's names. */
  private Map<String, DatasetFeature> recorded() {
    Map<String, String> renames = processors.renames();
    Map<String, DatasetFeature> recorded = new LinkedHashMap<>();
    for (DatasetFeature feature : dataset.info().features().values()) {
      String name = renames.getOrDefault(feature.key(), feature.key());
      if (!feature.isVisual()) {
        if (!name.equals(feature.key())) {
          throw new BadInputException(dataset.root() + ": rename_map: expected names of cameras, found '" + feature.key() + "'");
        }
      } else if (recorded.put(name, feature) != null) {
        throw new BadInputException(dataset.root() + ": rename_map: expected a camera's name once, found that '" + feature.key()
            + "' is the second to be '" + name + "'");
      }
    }
    return recorded;
  }

  private void checkSize(String key, int expected) {
    int found = dataset.info().feature(key).size();
    if (found != expected) {
      throw new BadInputException(dataset.root() + ": feature '" + key + "': the policy has " + expected + " values, found " + found);
    }
  }

  LeRobotDataset dataset() {
    return dataset;
  }

  /** Height and width by the policy's key of each camera that the data has. */
  Map<String, int[]> pictureSizes() {
    Map<String, int[]> sizes = new LinkedHashMap<>();
    cameras.forEach((key, feature) -> sizes.put(key, new int[] {feature.shape().get(0), feature.shape().get(1)}));
    return sizes;
  }

  /**
   * Reads what a slot's batch says of a sample: its index and draw.
   *
   * @throws BadInputException where the frame cannot be read, naming file, episode and frame
   */
  void read(int sample, BatchSlot slot) {
    int index = slot.batch().indices()[sample];
    long draw = slot.batch().draws()[sample];
    Item item = dataset.item(index, List.of());
    writeState(item.values().get(PolicyFeature.STATE), sample, slot.batch().state());
    writeActions(item, sample, slot.batch());
    List<String> places = List.copyOf(cameras.keySet());
    cameras.forEach((key, feature) -> {
      RgbImage picture = cache.get(feature.key(), index, () -> dataset.image(index, feature.key()));
      Batch.Pictures wanted = slot.batch().images().get(key);
      if (picture.height() != wanted.height() || picture.width() != wanted.width()) {
        throw new BadInputException(dataset.root() + ": episode " + item.episode() + ", frame " + item.frame() + ": camera '" + feature.key()
            + "': expected " + wanted.width() + "x" + wanted.height() + ", found " + picture.width() + "x" + picture.height());
      }
      // Each camera by a key of its own.
      SplittableRandom random = DrawRandom.of(options.seed(), draw * cameras.size() + places.indexOf(key), DrawRandom.Purpose.PICTURES);
      slot.picture(key, sample).put(options.transforms().apply(picture, random).pixels());
    });
  }

  private void writeState(float[] values, int sample, FloatBuffer into) {
    Normalizer normalizer = processors.input(PolicyFeature.STATE);
    for (int i = 0; i < config.stateDim(); i++) {
      into.put(sample * config.maxStateDim() + i, normalizer.normalize(values[i], i));
    }
  }

  private void writeActions(Item item, int sample, Batch batch) {
    float[] actions = item.values().get(PolicyFeature.ACTION);
    boolean[] pad = item.isPad().get(PolicyFeature.ACTION);
    int size = config.actionDim();
    for (int step = 0; step < pad.length; step++) {
      int row = sample * pad.length + step;
      batch.actionIsPad().put(row, (byte) (pad[step] ? 1 : 0));
      for (int i = 0; i < size; i++) {
        float value = pad[step] && options.changes().contains(i) ? 0 : actions[step * size + i];
        batch.actions().put(row * config.maxActionDim() + i, processors.action().normalize(value, i));
      }
    }
  }

  @Override
  public void close() {
    dataset.close();
  }
}
