package flowmatching.training.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import flowmatching.Python;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTransformsTest {
  private static final int WIDTH = 24;
  private static final int HEIGHT = 19;
  private static final String LEROBOT = """
      {"enable": true, "max_num_transforms": 3, "random_order": false, "tfs": {
        "brightness": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"brightness": [0.8, 1.2]}},
        "contrast": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"contrast": [0.8, 1.2]}},
        "saturation": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"saturation": [0.5, 1.5]}},
        "hue": {"weight": 1.0, "type": "ColorJitter", "kwargs": {"hue": [-0.05, 0.05]}},
        "sharpness": {"weight": 1.0, "type": "SharpnessJitter", "kwargs": {"sharpness": [0.5, 1.5]}},
        "affine": {"weight": 1.0, "type": "RandomAffine", "kwargs": {"degrees": [-5.0, 5.0], "translate": [0.05, 0.05]}}}}""";

  @TempDir Path directory;

  private static float[] noise() {
    Random random = new Random(5);
    float[] picture = new float[WIDTH * HEIGHT * 3];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = random.nextInt(256) / 255f;
    }
    Arrays.fill(picture, 0, 30, 0.5f); // grey has no hue
    return picture;
  }

  @Test
  void eachChangeIsTorchvisions() throws Exception {
    Python.assumeModule("torchvision");
    List<String> changes = List.of(
        "brightness 0.8", "brightness 1.3", "contrast 0.7", "contrast 1.4", "saturation 0.5", "saturation 1.5", "hue -0.05", "hue 0.31",
        "hue -0.5", "sharpness 0", "sharpness 0.5", "sharpness 1.7", "affine 5 2 -1", "affine -4 0 0", "affine 0 -3 4", "affine 30 1 1",
        "shift 3 -2", "shift -4 4", "shift 0 1");
    Path source = directory.resolve("in");
    Path target = directory.resolve("out");
    ByteBuffer bytes = ByteBuffer.allocate(4 * noise().length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(noise());
    Files.write(source, bytes.array());
    List<String> line = new ArrayList<>(List.of(source.toString(), String.valueOf(WIDTH), String.valueOf(HEIGHT), target.toString()));
    line.addAll(changes);
    Python.run("src/testdata/tools/peer_transforms.py", line.toArray(new String[0]));
    FloatBuffer made = ByteBuffer.wrap(Files.readAllBytes(target)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (String change : changes) {
      String[] words = change.split(" ");
      double[] parameters = Arrays.stream(words).skip(1).mapToDouble(Double::parseDouble).toArray();
      float[] wanted = new float[noise().length];
      made.get(wanted);
      assertArrayEquals(wanted, apply(words[0], noise(), parameters), 2e-6f, change);
    }
    assertEquals(0, made.remaining());
  }

  private static float[] apply(String name, float[] picture, double... p) {
    PictureChange change = new PictureChange(WIDTH, HEIGHT);
    return switch (name) {
      case "brightness" -> change.brightness(picture, p[0]);
      case "contrast" -> change.contrast(picture, p[0]);
      case "saturation" -> change.saturation(picture, p[0]);
      case "hue" -> change.hue(picture, p[0]);
      case "sharpness" -> change.sharpness(picture, p[0]);
      case "affine" -> change.affine(picture, p[0], (int) p[1], (int) p[2]);
      case "shift" -> change.shift(picture, (int) p[0], (int) p[1]);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Test
  void theSameKeyGivesTheSamePictureAndAnotherKeyAnother() throws IOException {
    PictureTransforms transforms = PictureTransforms.of("t", json(LEROBOT));
    RgbImage image = image();
    byte[] first = transforms.apply(image, new SplittableRandom(1)).pixels();
    assertArrayEquals(first, transforms.apply(image, new SplittableRandom(1)).pixels());
    Set<Integer> different = new HashSet<>();
    for (int key = 0; key < 20; key++) {
      different.add(Arrays.hashCode(transforms.apply(image, new SplittableRandom(key)).pixels()));
    }
    assertEquals(20, different.size());
  }

  @Test
  void transformsAreDrawnByWeight() throws IOException {
    String shift = "{\"enable\": true, \"max_num_transforms\": 1, \"tfs\": {"
        + "\"a\": {\"weight\": 3, \"type\": \"ColorJitter\", \"kwargs\": {\"brightness\": [0, 0]}},"
        + "\"b\": {\"weight\": 1, \"type\": \"RandomShift\", \"kwargs\": {\"pixels\": 0}},"
        + "\"never\": {\"weight\": 0, \"type\": \"ColorJitter\", \"kwargs\": {\"brightness\": [0, 0]}}}}";
    PictureTransforms transforms = PictureTransforms.of("t", json(shift));
    SplittableRandom random = new SplittableRandom(2);
    int black = 0;
    for (int i = 0; i < 4000; i++) {
      black += transforms.apply(image(), random).pixels()[100] == 0 ? 1 : 0;
    }
    assertEquals(3000, black, 150); // more than five standard deviations
  }

  @Test
  void withoutEnableNothingIsChanged() throws IOException {
    assertTrue(PictureTransforms.of("t", json(LEROBOT.replace("true", "false"))).isNone());
    assertFalse(PictureTransforms.of("t", json(LEROBOT)).isNone());
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "\"type\": \"GaussianBlur\", \"kwargs\": {}", "\"type\": \"ColorJitter\", \"kwargs\": {\"brightnes\": [0, 1]}",
    "\"type\": \"ColorJitter\", \"kwargs\": {\"brightness\": [1.2, 0.8]}", "\"type\": \"ColorJitter\", \"kwargs\": {\"hue\": [-1, 0]}",
    "\"type\": \"ColorJitter\", \"kwargs\": {}", "\"type\": \"RandomAffine\", \"kwargs\": {\"degrees\": \"5\"}",
    "\"type\": \"RandomShift\", \"kwargs\": {\"pixels\": -1}", "\"type\": \"SharpnessJitter\", \"kwargs\": {\"sharpness\": [0.5]}"
  })
  void whatIsNotKnownIsRefusedByName(String wrong) throws IOException {
    JsonNode json = json("{\"enable\": true, \"tfs\": {\"x\": {" + wrong + "}}}");
    BadInputException e = assertThrows(BadInputException.class, () -> PictureTransforms.of("dataset.image_transforms", json));
    assertTrue(e.getMessage().startsWith("dataset.image_transforms.tfs.x."), e.getMessage());
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private static RgbImage image() {
    byte[] pixels = new byte[WIDTH * HEIGHT * 3];
    float[] values = noise();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) Math.round(values[i] * 255);
    }
    return new RgbImage(WIDTH, HEIGHT, pixels);
  }
}
