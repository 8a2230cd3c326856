package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFileTest {
  private static byte[] png(int type) throws IOException {
    BufferedImage image = new BufferedImage(3, 2, type);
    for (int band = 0; band < image.getRaster().getNumBands(); band++) {
      for (int i = 0; i < 6; i++) {
        image.getRaster().setSample(i % 3, i / 3, band, 10 + 40 * i + band);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  @Test
  void greyKeepsItsValues() throws IOException {
    byte[] pixels = PictureFile.decode("", png(BufferedImage.TYPE_BYTE_GRAY), 3, 2).pixels();
    assertArrayEquals(new byte[] {10, 10, 10, 50, 50, 50, 90, 90, 90}, java.util.Arrays.copyOf(pixels, 9));
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR})
  void coloursAreRedGreenBlueAndTransparencyIsLeftOut(int type) throws IOException {
    byte[] pixels = PictureFile.decode("", png(type), 3, 2).pixels();
    assertArrayEquals(new byte[] {10, 11, 12, 50, 51, 52, 90, 91, 92}, java.util.Arrays.copyOf(pixels, 9));
  }

  @Test
  void sixteenBitsAreRefused() throws IOException {
    byte[] file = png(BufferedImage.TYPE_USHORT_GRAY);
    String message = assertThrows(BadInputException.class, () -> PictureFile.decode("here: ", file, 3, 2)).getMessage();
    assertTrue(message.startsWith("here: expected 8 bits a channel, found 16"), message);
  }

  @Test
  void mutatedFilesAreDecodedOrRefused() throws IOException {
    byte[] whole = png(BufferedImage.TYPE_3BYTE_BGR);
    SplittableRandom random = new SplittableRandom(5);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] mutated = java.util.Arrays.copyOf(whole, random.nextInt(10) == 0 ? random.nextInt(whole.length) : whole.length);
      for (int k = random.nextInt(4); k >= 0 && mutated.length > 0; k--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      try {
        PictureFile.decode("", mutated, 3, 2);
      } catch (BadInputException e) {
        refused++;
      }
    }
    assertTrue(refused > 500 && refused < 3000, refused + " of 3000 were refused");
  }
}
