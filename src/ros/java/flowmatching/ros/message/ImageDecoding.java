package flowmatching.ros.message;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;

/**
 * Turns the pictures of {@code sensor_msgs} into {@link RgbImage}.
 *
 * <p>Nothing that a message claims is believed: sizes are checked against each other, against the bytes that came and against
 * {@link #MAX_SIDE} and {@link #MAX_PIXELS} before anything is allocated.
 */
public final class ImageDecoding {
  /** Greatest width and height, in pixels. */
  public static final int MAX_SIDE = 8192;

  /** Greatest number of pixels: an 8K picture fits, a decompression bomb does not. */
  public static final int MAX_PIXELS = 1 << 25;

  private ImageDecoding() {}

  /**
   * Checks a message without looking at its pixels: a message that passes can be decoded.
   *
   * @throws BadInputException as {@link #decode(Image)}
   */
  public static void check(Image message) {
    PixelLayout layout = PixelLayout.of(message.encoding());
    long width = Integer.toUnsignedLong(message.width());
    long height = Integer.toUnsignedLong(message.height());
    checkSize(message.encoding(), width, height);
    long row = width * layout.bytes();
    long step = Integer.toUnsignedLong(message.step());
    String what = message.encoding() + " image of " + width + "x" + height;
    if (step < row) {
      throw new BadInputException(what + " needs a step of at least " + row + " bytes, found " + step);
    }
    // Some senders leave out the padding of the last row, so it is not asked for.
    long needed = step * (height - 1) + row;
    if (message.data().length < needed) {
      throw new BadInputException(
          what + " with a step of " + step + " needs " + needed + " bytes, found " + message.data().length);
    }
  }

  /**
   * Decodes {@code rgb8}, {@code bgr8}, {@code rgba8}, {@code bgra8} and {@code mono8}. Alpha is dropped, grey is repeated.
   *
   * @return a picture of the message's width and height that shares nothing with the message
   * @throws BadInputException where the encoding is another, or where sizes and bytes do not fit together
   */
  public static RgbImage decode(Image message) {
    check(message);
    PixelLayout layout = PixelLayout.of(message.encoding());
    byte[] pixels = new byte[message.width() * message.height() * 3];
    for (int y = 0; y < message.height(); y++) {
      layout.copyRow(message.data(), y * message.step(), pixels, y * message.width() * 3, message.width());
    }
    return new RgbImage(message.width(), message.height(), pixels);
  }

  /**
   * Checks format and first bytes of a message; the rest shows when it is decoded.
   *
   * @throws BadInputException where {@code format} names another compression than JPEG and PNG, or the bytes do not begin as it
   *     does
   */
  public static void check(CompressedImage message) {
    CompressionFormat.of(message.format()).checkSignature(message.data());
  }

  /**
   * Decodes JPEG and PNG of 8 bits a channel.
   *
   * @throws BadInputException where {@code format} names another compression, or the bytes are not a whole picture of it
   */
  public static RgbImage decode(CompressedImage message) {
    check(message);
    return switch (CompressionFormat.of(message.format())) {
      case JPEG -> JpegDecoding.decode(message.data());
      case PNG -> PngDecoding.decode(message.data());
    };
  }

  /** Refuses sizes that no camera has. */
  static void checkSize(String what, long width, long height) {
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
      throw new BadInputException(what + " image must have 1 to " + MAX_SIDE + " pixels a side and at most " + MAX_PIXELS
          + " in all, found " + width + "x" + height);
    }
  }
}
