package flowmatching.policy;

import flowmatching.BadInputException;
import flowmatching.image.NetworkImage;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import flowmatching.model.PolicyFeature;
import flowmatching.runtime.PolicySession;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts an observation into a session: renames, resizes, normalises, pads, and finds each camera's slot. Where the session resizes
 * pictures itself it is left to it, but for cameras whose pictures are normalised by statistics.
 *
 * <p>Cameras that are present come first, in the order of the configuration, and missing ones last, as in the original; with
 * {@code camera_slots: fixed} each has its own slot. At most {@code empty_cameras} may be missing, and not all.
 */
public final class ObservationEncoder {
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final PolicySession session;
  private final List<PolicyFeature> cameras;
  private final List<NetworkImage> resizers = new ArrayList<>();
  private final boolean[] present;
  /** One a slot: what the session is to resize, else null. */
  private final RgbImage[] unresized;
  private final int pixels;

  public ObservationEncoder(FlowMatchingConfig config, PolicyProcessors processors, PolicySession session) {
    this.config = config;
    this.processors = processors;
    this.session = session;
    this.cameras = config.cameras();
    this.present = new boolean[session.batch() * cameras.size()];
    this.unresized = new RgbImage[present.length];
    this.pixels = 3 * config.imageHeight() * config.imageWidth();
    for (int i = 0; i < cameras.size(); i++) {
      resizers.add(new NetworkImage(config.imageWidth(), config.imageHeight()));
    }
  }

  /** Fills the session's inputs for a session of one observation; {@link PolicySession#encodeImages} comes next. */
  public boolean[] write(Observation observation) {
    return write(observation, 0);
  }

  /**
   * Fills the session's inputs with one observation of its batch.
   *
   * @param place 0 up to the batch
   * @return one a slot of every observation: whether it has a picture
   * @throws BadInputException where a camera is missing, or the state is of the wrong size or not finite; cameras that the policy
   *     does not know are left out
   */
  public boolean[] write(Observation observation, int place) {
    write(observation, place, false);
    return present;
  }

  /** @param leaving to the session what it can resize */
  private void write(Observation observation, int place, boolean leaving) {
    writeState(observation.state(), place * config.maxStateDim());
    if (!cameras.isEmpty()) {
      writeImages(renamed(observation.images()), place * cameras.size(), leaving);
    }
  }

  /** Fills the session's inputs and runs vision encoder and conditioning network. */
  public void encode(Observation observation) {
    encode(List.of(observation));
  }

  /** The same with several observations, up to the session's batch. */
  public void encode(List<Observation> observations) {
    Arrays.fill(unresized, null);
    for (int place = 0; place < session.batch(); place++) {
      // The last again in places that are left: values of another time, or none, could spoil what the batch shares.
      write(observations.get(Math.min(place, observations.size() - 1)), place, true);
    }
    session.encodeImages(present, unresized);
    session.encodeState();
  }

  private Map<String, RgbImage> renamed(Map<String, RgbImage> images) {
    if (processors.renames().isEmpty()) {
      return images;
    }
    Map<String, RgbImage> renamed = new HashMap<>();
    images.forEach((key, image) -> {
      String name = processors.renames().getOrDefault(key, key);
      if (renamed.put(name, image) != null) {
        throw new BadInputException("camera '" + name + "' comes twice: rename_map gives its name to a second one of " + images.keySet());
      }
    });
    return renamed;
  }

  private void writeState(float[] values, int offset) {
    int size = config.stateDim();
    if (values.length != size) {
      throw new BadInputException("observation.state: expected " + size + " values, found " + values.length);
    }
    FloatBuffer state = session.state();
    Normalizer normalizer = processors.input("observation.state");
    for (int i = 0; i < config.maxStateDim(); i++) {
      float value = i < size ? normalizer.normalize(values[i], i) : 0;
      if (!Float.isFinite(value)) {
        throw new BadInputException("observation.state[" + i + "]: expected a finite value, found " + values[i]);
      }
      state.put(offset + i, value);
    }
  }

  /** @param first the observation's first slot */
  private void writeImages(Map<String, RgbImage> images, int first, boolean leaving) {
    checkCameras(images);
    int slot = 0;
    for (int i = 0; i < cameras.size(); i++) {
      RgbImage image = images.get(cameras.get(i).key());
      int at = first + (config.shiftsCameraSlots() ? slot : i);
      if (image != null) {
        Normalizer normalizer = processors.input(cameras.get(i).key());
        if (leaving && normalizer.mode() == NormalizationMode.IDENTITY && session.resizes(image.width(), image.height())) {
          unresized[at] = image;
        } else {
          resizers.get(i).write(image, session.images(), at * pixels);
          normalize(normalizer, at * pixels);
        }
        present[at] = true;
        slot++;
      } else if (!config.shiftsCameraSlots()) {
        present[at] = false;
      }
    }
    for (int i = slot; config.shiftsCameraSlots() && i < cameras.size(); i++) {
      present[first + i] = false;
    }
  }

  private void checkCameras(Map<String, RgbImage> images) {
    int there = 0;
    List<String> missing = new ArrayList<>();
    for (PolicyFeature camera : cameras) {
      if (images.containsKey(camera.key())) {
        there++;
      } else {
        missing.add(camera.key());
      }
    }
    if (there == 0 || missing.size() > config.emptyCameras()) {
      throw new BadInputException(
          "camera " + missing + " is missing: the policy needs " + cameras.stream().map(PolicyFeature::key).toList()
              + " and empty_cameras allows " + config.emptyCameras() + " to be absent, found " + images.keySet());
    }
  }

  /** Channel by channel; it may follow the resize because both are affine. */
  private void normalize(Normalizer normalizer, int offset) {
    if (normalizer.mode() == NormalizationMode.IDENTITY) {
      return;
    }
    FloatBuffer values = session.images();
    int plane = pixels / 3;
    for (int i = 0; i < pixels; i++) {
      values.put(offset + i, normalizer.normalize(values.get(offset + i), i / plane));
    }
  }
}
