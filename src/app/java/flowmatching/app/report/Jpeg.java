package flowmatching.app.report;

import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;

/** Pictures for a page. */
final class Jpeg {
  private Jpeg() {}

  /** Pictures of one size beside each other. */
  static RgbImage strip(List<RgbImage> pictures) {
    int width = pictures.get(0).width();
    int height = pictures.get(0).height();
    byte[] pixels = new byte[3 * width * height * pictures.size()];
    for (int i = 0; i < pictures.size(); i++) {
      for (int row = 0; row < height; row++) {
        System.arraycopy(pictures.get(i).pixels(), 3 * width * row, pixels, 3 * width * (row * pictures.size() + i), 3 * width);
      }
    }
    return new RgbImage(width * pictures.size(), height, pixels);
  }

  static String base64(RgbImage image) {
    BufferedImage buffered = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        buffered.setRGB(x, y, image.at(y, x, 0) << 16 | image.at(y, x, 1) << 8 | image.at(y, x, 2));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(buffered, "jpeg", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }
}
