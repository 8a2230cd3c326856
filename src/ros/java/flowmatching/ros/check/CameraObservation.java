package flowmatching.ros.check;

/**
 * What came from a camera.
 *
 * @param key the policy's name for it
 * @param stream its messages
 * @param encoding of the newest one: {@code Image.encoding} or {@code CompressedImage.format}; empty where none came
 * @param width of the newest picture that was decoded, in pixels; 0 where there is none
 * @param height the same
 * @param sizeChanges how many times the size changed
 * @param decoded pictures that were decoded; of those that come, some
 * @param undecodable messages that are no picture
 * @param reason why, for the first of them; empty where there is none
 */
public record CameraObservation(
    String key, StreamObservation stream, String encoding, int width, int height, int sizeChanges, long decoded, long undecodable,
    String reason) {}
