package flowmatching.dataset.write;

import flowmatching.image.RgbImage;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.Transparency;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Pictures as PNG files in memory. */
final class PngFile {
  private PngFile() {}

  static byte[] encode(RgbImage image) {
    int[] offsets = {0, 1, 2};
    var model = new PixelInterleavedSampleModel(DataBuffer.TYPE_BYTE, image.width(), image.height(), 3, 3 * image.width(), offsets);
    var raster = Raster.createWritableRaster(model, new DataBufferByte(image.pixels(), image.pixels().length), null);
    var colours = new ComponentColorModel(ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(colours, raster, false, null), "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
