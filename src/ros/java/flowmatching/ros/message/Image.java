package flowmatching.ros.message;

/**
 * {@code sensor_msgs/msg/Image}: an uncompressed picture. The numbers are what the sender claims; {@link ImageDecoding} checks
 * them. Unsigned numbers of ROS travel in {@code int}, so values from 2^31 on are negative here.
 *
 * @param header when it was taken
 * @param height rows
 * @param width pixels a row
 * @param encoding meaning of the bytes, for example {@code rgb8}
 * @param bigEndian byte order of samples of more than 8 bits
 * @param step bytes a row, padding included
 * @param data {@code step * height} bytes; shared between all receivers and not to be changed
 */
public record Image(Header header, int height, int width, String encoding, boolean bigEndian, int step, byte[] data) {
  public static final MessageType<Image> TYPE = new MessageType<>("sensor_msgs/msg/Image", Image.class);
}
