package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.ros.graph.QualityOfService.Reliability;
import java.time.Duration;
import java.util.Optional;

/**
 * A camera of the robot.
 *
 * @param key the policy's name for it, for example {@code observation.images.front}
 * @param topic where its pictures come
 * @param transport how they come
 * @param crop the part that the data set has; all of it where empty
 * @param maxAge how old its newest picture may be before the robot is held; the parameter {@code max_age_ms} where empty
 * @param reliability what is asked of the publisher; a best-effort subscription connects to every publisher
 */
public record CameraSource(
    String key, String topic, Transport transport, Optional<Crop> crop, Optional<Duration> maxAge, Reliability reliability) {
  /** How pictures travel. */
  public enum Transport {
    /** {@code sensor_msgs/msg/Image}. */
    RAW,
    /** {@code sensor_msgs/msg/CompressedImage}: JPEG or PNG. */
    COMPRESSED
  }

  /** @throws BadInputException where the key or topic is empty */
  public CameraSource {
    if (key.isBlank() || topic.isBlank()) {
      throw new BadInputException("a camera needs a key and a topic, found '" + key + "' and '" + topic + "'");
    }
  }

  /** The whole picture, with the default age, from any publisher. */
  public static CameraSource of(String key, String topic, Transport transport) {
    return new CameraSource(key, topic, transport, Optional.empty(), Optional.empty(), Reliability.BEST_EFFORT);
  }
}
