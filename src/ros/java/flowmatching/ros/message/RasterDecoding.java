package flowmatching.ros.message;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Runs a decoder of the JDK over bytes that were checked before, and takes the samples as they are stored. */
final class RasterDecoding {
  private RasterDecoding() {}

  /** Decodes the one picture in {@code file}. */
  static RgbImage decode(String format, byte[] file) {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (MemoryCacheImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(stream, true, true);
      ImageDecoding.checkSize(format, reader.getWidth(0), reader.getHeight(0));
      return toRgb(format, reader.read(0));
    } catch (IOException | RuntimeException e) {
      if (e instanceof BadInputException refused) {
        throw refused;
      }
      // The decoders answer damaged files with unchecked exceptions of many kinds too.
      throw new BadInputException(format + " image of " + file.length + " bytes cannot be decoded: " + e.getMessage(), e);
    } finally {
      reader.dispose();
    }
  }

  /**
   * The stored samples: {@code BufferedImage.getRGB} would apply colour profiles and treat grey as linear light, which the
   * recorders of data sets do not.
   */
  private static RgbImage toRgb(String format, BufferedImage image) {
    Raster raster = image.getRaster();
    int width = image.getWidth();
    int bands = raster.getNumBands();
    byte[] pixels = new byte[width * image.getHeight() * 3];
    int[] row = new int[width * bands];
    for (int y = 0, sink = 0; y < image.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++, sink += 3) {
        if (image.getColorModel() instanceof IndexColorModel palette) {
          int colour = palette.getRGB(row[x]);
          put(pixels, sink, colour >> 16, colour >> 8, colour);
        } else if (bands >= 3) {
          put(pixels, sink, row[x * bands], row[x * bands + 1], row[x * bands + 2]);
        } else {
          put(pixels, sink, row[x * bands], row[x * bands], row[x * bands]);
        }
      }
    }
    return new RgbImage(width, image.getHeight(), pixels);
  }

  private static void put(byte[] pixels, int index, int red, int green, int blue) {
    pixels[index] = (byte) red;
    pixels[index + 1] = (byte) green;
    pixels[index + 2] = (byte) blue;
  }
}
