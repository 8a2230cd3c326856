package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A PNG or JPEG file in memory. */
public final class PictureFile {
  private PictureFile() {}

  /**
   * Decodes a picture of 8 bits a channel, grey or in colour; transparency is left out.
   *
   * @param where what messages begin with
   * @param file the file's bytes
   * @throws BadInputException where it is damaged or of another size, which is seen before its pixels are allocated
   */
  public static RgbImage decode(String where, byte[] file, int width, int height) {
    try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw new BadInputException(where + "expected a PNG or JPEG file, found " + file.length + " bytes of something else");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        if (reader.getWidth(0) != width || reader.getHeight(0) != height) {
          throw new BadInputException(
              where + "expected " + width + "x" + height + " pixels, found " + reader.getWidth(0) + "x" + reader.getHeight(0));
        }
        return rgb(where, reader.read(0));
      } finally {
        reader.dispose();
      }
    } catch (BadInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's readers throw runtime exceptions of many kinds on damaged files.
      throw new BadInputException(where + "cannot be decoded: " + e.getMessage(), e);
    }
  }

  private static RgbImage rgb(String where, BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] pixels = new byte[3 * width * height];
    if (image.getColorModel() instanceof IndexColorModel) {
      int[] colours = image.getRGB(0, 0, width, height, null, 0, width);
      for (int i = 0; i < colours.length; i++) {
        pixels[3 * i] = (byte) (colours[i] >> 16);
        pixels[3 * i + 1] = (byte) (colours[i] >> 8);
        pixels[3 * i + 2] = (byte) colours[i];
      }
      return new RgbImage(width, height, pixels);
    }
    Raster raster = image.getRaster();
    if (raster.getSampleModel().getSampleSize(0) != 8) {
      throw new BadInputException(where + "expected 8 bits a channel, found " + raster.getSampleModel().getSampleSize(0));
    }
    // getRGB would take grey for linear light and brighten it.
    int bands = raster.getNumBands();
    int[] row = new int[width * bands];
    int at = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int i = 0; i < row.length; i += bands) {
        pixels[at++] = (byte) row[i];
        pixels[at++] = (byte) row[bands < 3 ? i : i + 1];
        pixels[at++] = (byte) row[bands < 3 ? i : i + 2];
      }
    }
    return new RgbImage(width, height, pixels);
  }
}
