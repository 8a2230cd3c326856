package flowmatching.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random changes of pictures in training, as LeRobot's {@code dataset.image_transforms} describes them: of the transforms listed,
 * {@code max_num_transforms} are drawn by weight and applied in their order, or in random order.
 *
 * <p>Types: {@code ColorJitter} (brightness, contrast, saturation, hue), {@code SharpnessJitter}, {@code RandomAffine} (degrees,
 * translate) as in torchvision and LeRobot, and {@code RandomShift} (pixels), which moves the picture and repeats its edge.
 */
public final class PictureTransforms {
  /** Changes nothing. */
  public static final PictureTransforms NONE = new PictureTransforms(List.of(), 0, false);

  private final List<Choice> choices;
  private final int count;
  private final boolean randomOrder;

  private record Choice(int place, double weight, Transform transform) {}

  /** Changes a picture by parameters that it draws. */
  private interface Transform {
    float[] apply(PictureChange change, float[] picture, int width, int height, SplittableRandom random);
  }

  private PictureTransforms(List<Choice> choices, int count, boolean randomOrder) {
    this.choices = choices;
    this.count = count;
    this.randomOrder = randomOrder;
  }

  /**
   * Reads LeRobot's object.
   *
   * @param name of the object, for messages
   * @param json with {@code enable}, {@code max_num_transforms}, {@code random_order} and {@code tfs}
   * @throws BadInputException where a type or argument is not known or out of range, naming it
   */
  public static PictureTransforms of(String name, JsonNode json) {
    if (!json.path("enable").asBoolean()) {
      return NONE;
    }
    List<Choice> choices = new ArrayList<>();
    json.path("tfs").properties().forEach(entry -> {
      String key = name + ".tfs." + entry.getKey();
      double weight = entry.getValue().path("weight").asDouble(1);
      Transform transform = transform(key, entry.getValue().path("type").asText(), entry.getValue().path("kwargs"));
      if (weight > 0) {
        choices.add(new Choice(choices.size(), weight, transform));
      }
    });
    return new PictureTransforms(choices, Math.min(choices.size(), json.path("max_num_transforms").asInt(3)), json.path("random_order").asBoolean());
  }

  private static Transform transform(String name, String type, JsonNode arguments) {
    return switch (type) {
      case "ColorJitter" -> colorJitter(name, arguments);
      case "SharpnessJitter" -> {
        only(name, arguments, List.of("sharpness"));
        double[] range = around(name, arguments, "sharpness", 1, 0, Double.MAX_VALUE);
        yield (change, picture, width, height, random) -> change.sharpness(picture, drawn(random, range));
      }
      case "RandomAffine" -> {
        only(name, arguments, List.of("degrees", "translate"));
        double[] degrees = around(name, arguments, "degrees", 0, -360, 360);
        double[] share = arguments.has("translate") ? range(name, arguments, "translate", 0, 1) : new double[2];
        yield (change, picture, width, height, random) -> change.affine(picture, drawn(random, degrees),
            (int) Math.rint(drawn(random, -share[0] * width, share[0] * width)), (int) Math.rint(drawn(random, -share[1] * height, share[1] * height)));
      }
      case "RandomShift" -> {
        only(name, arguments, List.of("pixels"));
        int pixels = (int) number(name + ".kwargs.pixels", arguments.path("pixels"), 0, 1000);
        yield (change, picture, width, height, random) ->
            change.shift(picture, random.nextInt(-pixels, pixels + 1), random.nextInt(-pixels, pixels + 1));
      }
      default -> throw new BadInputException(
          name + ".type: expected ColorJitter, SharpnessJitter, RandomAffine or RandomShift, found '" + type + "'");
    };
  }

  private static Transform colorJitter(String name, JsonNode arguments) {
    only(name, arguments, List.of("brightness", "contrast", "saturation", "hue"));
    if (arguments.size() != 1) {
      // torchvision shuffles several in one transform; LeRobot lists each on its own.
      throw new BadInputException(name + ".kwargs: expected one of brightness, contrast, saturation, hue, found " + arguments);
    }
    String which = arguments.fieldNames().next();
    double[] range = which.equals("hue") ? around(name, arguments, which, 0, -0.5, 0.5) : around(name, arguments, which, 1, 0, Double.MAX_VALUE);
    return (change, picture, width, height, random) -> switch (which) {
      case "brightness" -> change.brightness(picture, drawn(random, range));
      case "contrast" -> change.contrast(picture, drawn(random, range));
      case "saturation" -> change.saturation(picture, drawn(random, range));
      default -> change.hue(picture, drawn(random, range));
    };
  }

  private static void only(String name, JsonNode arguments, List<String> known) {
    arguments.fieldNames().forEachRemaining(argument -> {
      if (!known.contains(argument)) {
        throw new BadInputException(name + ".kwargs: expected " + known + ", found '" + argument + "'");
      }
    });
  }

  /** A range, or one number for a range about a centre that does not leave the bounds. */
  private static double[] around(String name, JsonNode arguments, String key, double centre, double least, double greatest) {
    JsonNode value = arguments.path(key);
    if (value.isNumber()) {
      double reach = number(name + ".kwargs." + key, value, 0, Math.max(centre, greatest));
      return new double[] {Math.max(least, centre - reach), Math.min(greatest, centre + reach)};
    }
    return range(name, arguments, key, least, greatest);
  }

  private static double[] range(String name, JsonNode arguments, String key, double least, double greatest) {
    JsonNode value = arguments.path(key);
    String full = name + ".kwargs." + key;
    if (!value.isArray() || value.size() != 2) {
      throw new BadInputException(full + ": expected two numbers, found " + (value.isMissingNode() ? "nothing" : value));
    }
    double[] range = {number(full, value.get(0), least, greatest), number(full, value.get(1), least, greatest)};
    if (!key.equals("translate") && range[0] > range[1]) {
      throw new BadInputException(full + ": expected the lower number first, found " + value);
    }
    return range;
  }

  private static double number(String name, JsonNode value, double least, double greatest) {
    if (!value.isNumber() || !(value.asDouble() >= least && value.asDouble() <= greatest)) {
      throw new BadInputException(name + ": expected a number from " + least + " to " + greatest + ", found " + (value.isMissingNode() ? "nothing" : value));
    }
    return value.asDouble();
  }

  private static double drawn(SplittableRandom random, double... range) {
    return range[0] + random.nextDouble() * (range[1] - range[0]);
  }

  /** Whether {@link #apply} ever changes anything. */
  boolean isNone() {
    return count == 0;
  }

  /** A changed copy; the same numbers drawn give the same picture. */
  RgbImage apply(RgbImage image, SplittableRandom random) {
    if (isNone()) {
      return image;
    }
    PictureChange change = new PictureChange(image.width(), image.height());
    float[] picture = new float[image.pixels().length];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (image.pixels()[i] & 0xff) / 255f;
    }
    for (Choice choice : drawChoices(random)) {
      picture = choice.transform().apply(change, picture, image.width(), image.height(), random);
    }
    byte[] pixels = new byte[picture.length];
    for (int i = 0; i < picture.length; i++) {
      pixels[i] = (byte) Math.round(picture[i] * 255);
    }
    return new RgbImage(image.width(), image.height(), pixels);
  }

  /** By weight, none twice. */
  private List<Choice> drawChoices(SplittableRandom random) {
    List<Choice> left = new ArrayList<>(choices);
    List<Choice> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      double at = random.nextDouble() * left.stream().mapToDouble(Choice::weight).sum();
      int i = 0;
      while (i < left.size() - 1 && at >= left.get(i).weight()) {
        at -= left.get(i++).weight();
      }
      drawn.add(left.remove(i));
    }
    if (!randomOrder) {
      drawn.sort(Comparator.comparingInt(Choice::place));
    }
    return drawn;
  }
}
