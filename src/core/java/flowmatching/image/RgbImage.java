package flowmatching.image;

/**
 * An 8-bit RGB picture: rows top to bottom, pixels left to right, bytes red, green, blue, no padding.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param pixels {@code height * width * 3} bytes; owned by whoever made the image and not to be changed after
 */
public record RgbImage(int width, int height, byte[] pixels) {
  /** @throws IllegalArgumentException where the size is not positive or the array has another length */
  public RgbImage {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("image size must be positive, found " + width + "x" + height);
    }
    if (pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "image of " + width + "x" + height + " needs " + 3L * width * height + " bytes, found " + pixels.length);
    }
  }

  /** One channel value, 0 to 255; {@code channel} is 0 for red, 1 for green, 2 for blue. */
  public int at(int row, int column, int channel) {
    return pixels[(row * width + column) * 3 + channel] & 0xff;
  }
}
