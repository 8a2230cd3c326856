package flowmatching.ros.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecodingTest {
  private static Image image(int width, int height, String encoding, int step, byte... data) {
    return new Image(Header.EMPTY, height, width, encoding, false, step, data);
  }

  private static void refuses(String reason, Image message) {
    String found = assertThrows(BadInputException.class, () -> ImageDecoding.decode(message)).getMessage();
    assertTrue(found.contains(reason), found);
  }

  @ParameterizedTest
  @CsvSource({"rgb8, 3", "bgr8, 3", "rgba8, 4", "bgra8, 4"})
  void channelsAreReorderedAndAlphaIsDropped(String encoding, int channels) {
    byte[] data = new byte[2 * channels];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (10 * i + 200);
    }
    RgbImage rgb = ImageDecoding.decode(image(2, 1, encoding, 2 * channels, data));
    int red = encoding.startsWith("rgb") ? 0 : 2;
    for (int x = 0; x < 2; x++) {
      assertEquals(data[x * channels + red] & 0xff, rgb.at(0, x, 0));
      assertEquals(data[x * channels + 1] & 0xff, rgb.at(0, x, 1));
      assertEquals(data[x * channels + 2 - red] & 0xff, rgb.at(0, x, 2));
    }
  }

  @Test
  void greyIsRepeated() {
    assertArrayEquals(new byte[] {7, 7, 7, 8, 8, 8}, ImageDecoding.decode(image(1, 2, "mono8", 1, (byte) 7, (byte) 8)).pixels());
  }

  @Test
  void rowPaddingIsSkipped() {
    byte[] data = {1, 2, 3, 99, 4, 5, 6, 99};
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, ImageDecoding.decode(image(1, 2, "rgb8", 4, data)).pixels());
  }

  @Test
  void theLastRowNeedsNoPadding() {
    byte[] data = {1, 2, 3, 99, 4, 5, 6};
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, ImageDecoding.decode(image(1, 2, "rgb8", 4, data)).pixels());
  }

  @ParameterizedTest
  @ValueSource(strings = {"16UC1", "mono16", "yuv422_yuy2", "bayer_rggb8", "RGB8", "", "rgb8; jpeg"})
  void otherEncodingsAreRefusedByName(String encoding) {
    refuses("found '" + encoding + "'", image(1, 1, encoding, 3, (byte) 0, (byte) 0, (byte) 0));
  }

  @Test
  void sizesThatDoNotFitTheBytesAreRefused() {
    refuses("found 0x1", image(0, 1, "rgb8", 3, new byte[3]));
    refuses("found 1x0", image(1, 0, "rgb8", 3, new byte[3]));
    refuses("step of at least 6 bytes, found 3", image(2, 1, "rgb8", 3, new byte[3]));
    refuses("needs 6 bytes, found 5", image(1, 2, "rgb8", 3, new byte[5]));
    refuses("needs 3 bytes, found 0", image(1, 1, "rgb8", 3));
  }

  @Test
  void sizesThatOverflowAreRefusedBeforeAnythingIsAllocated() {
    refuses("found 4294967295x1", image(-1, 1, "rgb8", 3, new byte[3]));
    refuses("found 65536x65536", image(65536, 65536, "rgb8", 65536 * 3, new byte[3]));
    refuses("found 8192x8192", image(8192, 8192, "mono8", 8192, new byte[3]));
    refuses("needs 17592186040322 bytes", image(2, 8192 / 2 + 1, "mono8", -1, new byte[3]));
  }
}
