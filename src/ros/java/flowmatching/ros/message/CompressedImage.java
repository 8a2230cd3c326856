package flowmatching.ros.message;

/**
 * {@code sensor_msgs/msg/CompressedImage}.
 *
 * @param header when it was taken
 * @param format as {@code image_transport} writes it, for example {@code jpeg} or {@code rgb8; jpeg compressed bgr8}
 * @param data the file's bytes; shared between all receivers and not to be changed
 */
public record CompressedImage(Header header, String format, byte[] data) {
  public static final MessageType<CompressedImage> TYPE =
      new MessageType<>("sensor_msgs/msg/CompressedImage", CompressedImage.class);
}
