package flowmatching.ros.message;

import flowmatching.BadInputException;
import java.util.Locale;

/** How {@code sensor_msgs/msg/Image} arranges the channels of a pixel. */
enum PixelLayout {
  RGB8(3, 0, 1, 2),
  BGR8(3, 2, 1, 0),
  RGBA8(4, 0, 1, 2),
  BGRA8(4, 2, 1, 0),
  MONO8(1, 0, 0, 0);

  private final int bytes;
  private final int red;
  private final int green;
  private final int blue;

  PixelLayout(int bytes, int red, int green, int blue) {
    this.bytes = bytes;
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  static PixelLayout of(String encoding) {
    for (PixelLayout layout : values()) {
      if (layout.name().toLowerCase(Locale.ROOT).equals(encoding)) {
        return layout;
      }
    }
    throw new BadInputException("image encoding must be rgb8, bgr8, rgba8, bgra8 or mono8, found '" + encoding + "'");
  }

  /** Bytes a pixel. */
  int bytes() {
    return bytes;
  }

  /** Copies one row of {@code width} pixels, turning each into red, green, blue. */
  void copyRow(byte[] from, int start, byte[] to, int target, int width) {
    if (this == RGB8) {
      System.arraycopy(from, start, to, target, width * 3);
      return;
    }
    for (int x = 0, source = start, sink = target; x < width; x++, source += bytes, sink += 3) {
      to[sink] = from[source + red];
      to[sink + 1] = from[source + green];
      to[sink + 2] = from[source + blue];
    }
  }
}
