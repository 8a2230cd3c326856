package flowmatching.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkImageTest {
  private static RgbImage random(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    new Random(width * 31 + height).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  @ParameterizedTest
  @CsvSource({"640, 480, 224, 224", "96, 96, 224, 224", "31, 37, 20, 20", "1, 1, 8, 8", "8, 8, 1, 1", "13, 7, 13, 14"})
  void eachValueIsTheBilinearMeanOfFourNeighbours(int sourceWidth, int sourceHeight, int width, int height) {
    RgbImage image = random(sourceWidth, sourceHeight);
    FloatBuffer planes = FloatBuffer.allocate(5 + 3 * width * height);
    new NetworkImage(width, height).write(image, planes, 5);
    // Places are float32 as in PyTorch: two roundings of a coordinate, in each direction, on a slope of at most 1.
    double bound = 1e-6 + 2 * (sourceWidth + sourceHeight) * 0x1p-24;
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double expected = bilinear(image, (x + 0.5) * sourceWidth / width - 0.5, (y + 0.5) * sourceHeight / height - 0.5, channel);
          assertEquals(expected, planes.get(5 + (channel * height + y) * width + x), bound, channel + " " + y + " " + x);
        }
      }
    }
  }

  private static double bilinear(RgbImage image, double x, double y, int channel) {
    double left = Math.max(0, x);
    double top = Math.max(0, y);
    int column = (int) left;
    int row = (int) top;
    int nextColumn = Math.min(column + 1, image.width() - 1);
    int nextRow = Math.min(row + 1, image.height() - 1);
    double a = image.at(row, column, channel) * (1 - (left - column)) + image.at(row, nextColumn, channel) * (left - column);
    double b = image.at(nextRow, column, channel) * (1 - (left - column)) + image.at(nextRow, nextColumn, channel) * (left - column);
    return (a * (1 - (top - row)) + b * (top - row)) / 255;
  }

  @Test
  void thePictureItselfComesOutWhereTheSizeIsTheSame() {
    RgbImage image = random(9, 5);
    FloatBuffer planes = FloatBuffer.allocate(3 * 9 * 5);
    new NetworkImage(9, 5).write(image, planes, 0);
    for (int i = 0; i < 45; i++) {
      assertEquals(image.at(i / 9, i % 9, 1) / 255f, planes.get(45 + i), 1e-7f);
    }
  }

  @Test
  void aCameraThatChangesSizeIsFollowed() {
    NetworkImage resize = new NetworkImage(4, 4);
    FloatBuffer planes = FloatBuffer.allocate(48);
    resize.write(random(64, 48), planes, 0);
    byte[] white = new byte[3 * 5 * 7];
    Arrays.fill(white, (byte) 255);
    resize.write(new RgbImage(5, 7, white), planes, 0);
    for (int i = 0; i < 48; i++) {
      assertEquals(1, planes.get(i), 1e-6f);
    }
  }

  @Test
  void antialiasedShrinkingLooksAtEveryPixel() {
    // Columns 0, 255, 0, 255: any skipping resize gives black or white; the mean is 127.5 in the middle.
    byte[] stripes = new byte[3 * 64 * 64];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = (byte) (i / 3 % 2 == 0 ? 0 : 255);
    }
    RgbImage small = ImageResize.antialiased(new RgbImage(64, 64, stripes), 8, 8);
    for (int x = 1; x < 7; x++) {
      assertEquals(127.5, small.at(4, x, 0), 1.5);
    }
  }

  @Test
  void antialiasedKeepsAConstantPictureAndItsOwnSize() {
    byte[] grey = new byte[3 * 30 * 20];
    Arrays.fill(grey, (byte) 77);
    RgbImage image = new RgbImage(30, 20, grey);
    assertSame(image, ImageResize.antialiased(image, 30, 20));
    for (byte value : ImageResize.antialiased(image, 7, 41).pixels()) {
      assertEquals(77, value);
    }
  }

  @Test
  void aPictureWithoutPixelsOrWithTooFewBytesIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new RgbImage(0, 3, new byte[0]));
    String message = assertThrows(IllegalArgumentException.class, () -> new RgbImage(2, 2, new byte[11])).getMessage();
    assertTrue(message.contains("12") && message.contains("11"), message);
  }
}
