package flowmatching.ros.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged and lying pictures either decode or are refused, and nothing else happens. The seeds are fixed. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImageDecodingFuzzTest {
  private static final int[] TYPES = {
    BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_4BYTE_ABGR
  };

  private static boolean decodes(String what, Supplier<RgbImage> decode) {
    try {
      RgbImage image = decode.get();
      assertTrue((long) image.width() * image.height() <= ImageDecoding.MAX_PIXELS);
      return true;
    } catch (BadInputException refused) {
      return false;
    } catch (RuntimeException | Error other) {
      throw new AssertionError(what + " was neither decoded nor refused", other);
    }
  }

  @Test
  void rawImagesThatLie() {
    Random random = new Random(1);
    String[] encodings = {"rgb8", "bgr8", "rgba8", "bgra8", "mono8", "mono16", ""};
    int[] numbers = {0, 1, 2, 3, 7, 640, 8192, 8193, 1 << 16, Integer.MAX_VALUE, Integer.MIN_VALUE, -1};
    int decoded = 0;
    for (int i = 0; i < 200_000; i++) {
      int width = random.nextBoolean() ? random.nextInt(8) : numbers[random.nextInt(numbers.length)];
      int height = random.nextBoolean() ? random.nextInt(8) : numbers[random.nextInt(numbers.length)];
      int step = random.nextBoolean() ? width * (1 + random.nextInt(4)) : numbers[random.nextInt(numbers.length)];
      Image image = new Image(
          Header.EMPTY, height, width, encodings[random.nextInt(encodings.length)], false, step, new byte[random.nextInt(300)]);
      decoded += decodes(image.toString(), () -> ImageDecoding.decode(image)) ? 1 : 0;
    }
    assertTrue(decoded > 1000, "some must be right, found " + decoded);
  }

  @Test
  void filesWithDamagedBytes() {
    Random random = new Random(2);
    int decoded = 0;
    for (int i = 0; i < 6_000; i++) {
      String format = i % 2 == 0 ? "jpeg" : "png";
      int type = TYPES[random.nextInt(format.equals("jpeg") ? 2 : TYPES.length)];
      byte[] file = TestPictures.encode(format, TestPictures.gradient(1 + random.nextInt(40), 1 + random.nextInt(40), type));
      for (int k = random.nextInt(4); k >= 0; k--) {
        // Most of what a decoder believes stands in the first bytes.
        int at = random.nextInt(random.nextBoolean() ? Math.min(64, file.length) : file.length);
        file[at] = (byte) (random.nextInt(3) == 0 ? 0xff : random.nextInt(256));
      }
      byte[] damaged = random.nextInt(4) == 0 ? Arrays.copyOf(file, random.nextInt(2 * file.length)) : file;
      CompressedImage image = new CompressedImage(Header.EMPTY, format, damaged);
      decoded += decodes("seed 2, file " + i, () -> ImageDecoding.decode(image)) ? 1 : 0;
    }
    assertTrue(decoded > 100, "damage in pixels leaves a picture, found " + decoded);
  }

  @Test
  void bytesOfNoise() {
    Random random = new Random(3);
    List<byte[]> heads = new ArrayList<>();
    heads.add(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    heads.add(new byte[] {
      (byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 9, 0, 0, 0, 9, 8
    });
    int decoded = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] file = new byte[random.nextInt(400)];
      random.nextBytes(file);
      byte[] head = heads.get(i % 2);
      System.arraycopy(head, 0, file, 0, Math.min(head.length, file.length));
      CompressedImage image = new CompressedImage(Header.EMPTY, i % 2 == 0 ? "jpeg" : "png", file);
      decoded += decodes("seed 3, file " + i, () -> ImageDecoding.decode(image)) ? 1 : 0;
    }
    assertEquals(0, decoded);
  }
}
