package flowmatching.policy;

import flowmatching.image.RgbImage;
import java.util.Map;

/**
 * What the policy sees at one instant.
 *
 * @param images by feature key, for example {@code observation.images.front}; any size, the policy resizes; a camera that is
 *     missing is absent
 * @param state values of {@code observation.state} in the data set's units and order
 */
public record Observation(Map<String, RgbImage> images, float[] state) {
  public Observation {
    images = Map.copyOf(images);
  }
}
