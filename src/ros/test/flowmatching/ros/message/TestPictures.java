package flowmatching.ros.message;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Pictures and files of them. */
final class TestPictures {
  private TestPictures() {}

  /** Red grows to the right, green downwards. */
  static BufferedImage gradient(int width, int height, int type) {
    BufferedImage picture = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, 0xff000000 | 255 * x / width << 16 | 255 * y / height << 8 | 40);
      }
    }
    return picture;
  }

  static byte[] encode(String format, BufferedImage picture) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, format, file)) {
        throw new IllegalArgumentException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  static int indexOf(byte[] file, int first, int second) {
    for (int i = 0; i + 1 < file.length; i++) {
      if ((file[i] & 0xff) == first && (file[i + 1] & 0xff) == second) {
        return i;
      }
    }
    throw new IllegalArgumentException("not found");
  }
}
