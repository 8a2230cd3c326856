package flowmatching.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageResizeTest {
  private static RgbImage grey(int width, int height, int... values) {
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) values[i / 3];
    }
    return new RgbImage(width, height, pixels);
  }

  private static int[] row(RgbImage image) {
    int[] values = new int[image.width()];
    for (int x = 0; x < values.length; x++) {
      values[x] = image.at(0, x, 1);
    }
    return values;
  }

  private static RgbImage random(int width, int height, int seed) {
    byte[] pixels = new byte[3 * width * height];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  @Test
  void halvingARowByHand() {
    // A triangle of half width 2 around 1, cut at the left edge: the first three pixels weigh 3, 3 and 1 of 7.
    int[] expected = {Math.round((3 * 10 + 3 * 20 + 30) / 7f), Math.round((20 + 3 * 30 + 3 * 250) / 7f)};
    assertArrayEquals(expected, row(ImageResize.antialiased(grey(4, 1, 10, 20, 30, 250), 2, 1)));
  }

  @Test
  void doublingARowByHand() {
    // Centres at 0, 0.25, 0.75 and 1 between the two pixels; the outer ones are cut at the edge.
    assertArrayEquals(new int[] {0, 50, 150, 200}, row(ImageResize.antialiased(grey(2, 1, 0, 200), 4, 1)));
  }

  @Test
  void oneTargetPixelIsTheTriangleWeightedMeanOfThemAll() {
    // Half width 4 around 2: weights 5, 7, 7, 5 of 24.
    int[] expected = {Math.round((5 * 8 + 7 * 16 + 7 * 100 + 5 * 240) / 24f)};
    assertArrayEquals(expected, row(ImageResize.antialiased(grey(4, 1, 8, 16, 100, 240), 1, 1)));
  }

  @ParameterizedTest
  @CsvSource({"640, 480, 224, 224", "224, 224, 96, 128", "97, 61, 31, 17", "32, 32, 80, 70"})
  void theMeanOfThePictureIsKept(int width, int height, int newWidth, int newHeight) {
    RgbImage image = random(width, height, 3);
    // White noise: the edges are weighted a little differently, everything else evenly.
    assertEquals(mean(image), mean(ImageResize.antialiased(image, newWidth, newHeight)), 2.5);
  }

  private static double mean(RgbImage image) {
    double sum = 0;
    for (byte value : image.pixels()) {
      sum += value & 0xff;
    }
    return sum / image.pixels().length;
  }

  @Test
  void aMirroredPictureGivesTheMirroredResult() {
    RgbImage image = random(45, 30, 4);
    RgbImage small = ImageResize.antialiased(image, 17, 11);
    RgbImage back = mirrored(ImageResize.antialiased(mirrored(image), 17, 11));
    for (int i = 0; i < small.pixels().length; i++) {
      // The order of float32 additions differs, so a value at the rounding edge may fall either way.
      assertTrue(Math.abs((small.pixels()[i] & 0xff) - (back.pixels()[i] & 0xff)) <= 1, "byte " + i);
    }
  }

  private static RgbImage mirrored(RgbImage image) {
    byte[] pixels = new byte[image.pixels().length];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        for (int c = 0; c < 3; c++) {
          pixels[3 * (y * image.width() + x) + c] = (byte) image.at(image.height() - 1 - y, image.width() - 1 - x, c);
        }
      }
    }
    return new RgbImage(image.width(), image.height(), pixels);
  }

  @Test
  void channelsAreNotMixed() {
    byte[] pixels = new byte[3 * 40 * 40];
    for (int i = 0; i < pixels.length; i += 3) {
      pixels[i] = (byte) 200;
      pixels[i + 2] = 100;
    }
    RgbImage small = ImageResize.antialiased(new RgbImage(40, 40, pixels), 9, 13);
    for (int y = 0; y < 13; y++) {
      for (int x = 0; x < 9; x++) {
        assertArrayEquals(new int[] {200, 0, 100}, new int[] {small.at(y, x, 0), small.at(y, x, 1), small.at(y, x, 2)});
      }
    }
  }

  @Test
  void blackAndWhiteStayWithinTheirRange() {
    byte[] pixels = new byte[3 * 64 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % (3 * 64) < 3 * 32 ? 0 : 255);
    }
    RgbImage small = ImageResize.antialiased(new RgbImage(64, 64, pixels), 15, 64);
    for (int y = 0; y < 64; y++) {
      assertEquals(0, small.at(y, 0, 0));
      assertEquals(255, small.at(y, 14, 0));
      for (int x = 1; x < 15; x++) {
        assertTrue(small.at(y, x, 0) >= small.at(y, x - 1, 0), "an edge has no overshoot");
      }
    }
  }
}
