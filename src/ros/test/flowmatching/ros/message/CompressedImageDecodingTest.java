package flowmatching.ros.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressedImageDecodingTest {
  private static RgbImage decode(String format, byte[] data) {
    return ImageDecoding.decode(new CompressedImage(Header.EMPTY, format, data));
  }

  private static void refuses(String reason, String format, byte[] data) {
    String found = assertThrows(BadInputException.class, () -> decode(format, data)).getMessage();
    assertTrue(found.contains(reason), found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "PNG", "rgb8; png compressed bgr8", "rgb8; png compressed"})
  void pngGivesThePixelsBack(String format) {
    BufferedImage picture = TestPictures.gradient(9, 5, BufferedImage.TYPE_3BYTE_BGR);
    RgbImage rgb = decode(format, TestPictures.encode("png", picture));
    assertEquals(9, rgb.width());
    assertEquals(5, rgb.height());
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 9; x++) {
        int colour = rgb.at(y, x, 0) << 16 | rgb.at(y, x, 1) << 8 | rgb.at(y, x, 2);
        assertEquals(picture.getRGB(x, y) & 0xffffff, colour, "at " + x + ", " + y);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "jpg", "rgb8; jpeg compressed bgr8", "mono8; jpeg compressed "})
  void jpegGivesThePixelsBackNearly(String format) {
    BufferedImage picture = TestPictures.gradient(32, 16, BufferedImage.TYPE_3BYTE_BGR);
    RgbImage rgb = decode(format, TestPictures.encode("jpeg", picture));
    assertEquals(32, rgb.width());
    assertEquals(16, rgb.height());
    assertEquals(picture.getRGB(30, 3) >> 16 & 0xff, rgb.at(3, 30, 0), 16);
    assertEquals(picture.getRGB(3, 14) >> 8 & 0xff, rgb.at(14, 3, 1), 16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg"})
  void greyIsNotTakenForLinearLight(String format) {
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    byte[] samples = new byte[64];
    Arrays.fill(samples, (byte) 100);
    picture.getRaster().setDataElements(0, 0, 8, 8, samples);
    assertEquals(100, decode(format, TestPictures.encode(format, picture)).at(4, 4, 1), 1);
  }

  @Test
  void palettesAndAlphaAreUnderstood() {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_BINARY}) {
      BufferedImage picture = new BufferedImage(4, 4, type);
      picture.setRGB(1, 2, 0xffffffff);
      picture.setRGB(2, 2, 0xff000000);
      RgbImage rgb = decode("png", TestPictures.encode("png", picture));
      assertArrayEquals(new int[] {255, 255, 255}, new int[] {rgb.at(2, 1, 0), rgb.at(2, 1, 1), rgb.at(2, 1, 2)});
      assertEquals(0, rgb.at(2, 2, 0));
    }
  }

  @ParameterizedTest
  @CsvSource({"'16UC1; compressedDepth png'", "h264", "''", "'rgb8; tiff compressed'", "'png;'"})
  void otherFormatsAreRefusedByName(String format) {
    refuses("must name jpeg or png, found '" + format + "'", format, new byte[100]);
  }

  @Test
  void bytesOfAnotherFormatAreRefused() {
    BufferedImage picture = TestPictures.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR);
    refuses("89 50 4e 47 0d 0a 1a 0a, found ff d8 ff", "png", TestPictures.encode("jpeg", picture));
    refuses("ff d8 ff, found 89 50 4e", "jpeg", TestPictures.encode("png", picture));
    refuses("ff d8", "jpeg", new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg"})
  void aPictureThatIsCutOffIsRefusedAndNotFilledWithGrey(String format) {
    byte[] file = TestPictures.encode(format, TestPictures.gradient(64, 64, BufferedImage.TYPE_3BYTE_BGR));
    for (int length = 8; length < file.length - 1; length += 7) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(BadInputException.class, () -> decode(format, cut));
    }
  }

  @Test
  void bytesAfterTheEndOfAJpegAreIgnored() {
    byte[] file = TestPictures.encode("jpeg", TestPictures.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR));
    assertEquals(8, decode("jpeg", Arrays.copyOf(file, file.length + 500)).width());
  }

  @Test
  void hugeDimensionsAreRefusedFromTheHeader() {
    byte[] png = TestPictures.encode("png", TestPictures.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR));
    png[16] = 0x7f;
    refuses("found 2130706440x8", "png", png);
    byte[] jpeg = TestPictures.encode("jpeg", TestPictures.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR));
    int frame = TestPictures.indexOf(jpeg, 0xff, 0xc0);
    jpeg[frame + 5] = (byte) 0xff;
    refuses("x65288", "jpeg", jpeg);
  }

  @Test
  void sixteenBitPngIsRefused() {
    byte[] png = TestPictures.encode("png", new BufferedImage(4, 4, BufferedImage.TYPE_USHORT_GRAY));
    refuses("8 bits a channel, found 16", "png", png);
  }

  @Test
  void textThatWouldInflateToGigabytesIsNotRead() {
    Deflater deflater = new Deflater(9);
    deflater.setInput(new byte[1 << 28]);
    deflater.finish();
    byte[] packed = new byte[1 << 20];
    int length = deflater.deflate(packed);
    deflater.end();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes("zTXtkey\0\0".getBytes(StandardCharsets.ISO_8859_1));
    text.write(packed, 0, length);
    BufferedImage palette = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_INDEXED);
    byte[] file = TestPictures.encode("png", palette);
    byte[] bomb = insert(file, 33, chunk(text.toByteArray()));
    assertEquals(4, decode("png", bomb).width());
  }

  @Test
  void aFileOfManyScansIsRefused() {
    byte[] file = TestPictures.encode("jpeg", TestPictures.gradient(8, 8, BufferedImage.TYPE_3BYTE_BGR));
    int scan = TestPictures.indexOf(file, 0xff, 0xda);
    byte[] scans = new byte[100 * 4];
    for (int i = 0; i < scans.length; i += 4) {
      System.arraycopy(new byte[] {(byte) 0xff, (byte) 0xda, 0, 2}, 0, scans, i, 4);
    }
    refuses("at most 64 scans", "jpeg", insert(file, scan, scans));
  }

  @Test
  void aJpegOfFourInksIsRefusedBecauseItsChannelsAreNoColours() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
      writer.setOutput(out);
      writer.write(new IIOImage(Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null), null, null));
    } finally {
      writer.dispose();
    }
    refuses("1 or 3 channels, found 4", "jpeg", file.toByteArray());
  }

  private static byte[] insert(byte[] file, int at, byte[] part) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(file, 0, at);
    all.writeBytes(part);
    all.write(file, at, file.length - at);
    return all.toByteArray();
  }

  private static byte[] chunk(byte[] typeAndData) {
    CRC32 sum = new CRC32();
    sum.update(typeAndData);
    return ByteBuffer.allocate(typeAndData.length + 8)
        .putInt(typeAndData.length - 4).put(typeAndData).putInt((int) sum.getValue()).array();
  }
}
