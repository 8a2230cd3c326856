package flowmatching.dataset.write;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a new data set holds.
 *
 * @param fps frames a second, at least 1; for videos at most 240
 * @param robotType the robot's name
 * @param features {@code float32} vectors, and pictures of dtype {@code video} or {@code image} (PNG); the columns that every set has
 *     come by themselves
 */
public record DatasetSpec(int fps, String robotType, List<DatasetFeature> features) {
  /** SVT-AV1 takes no more. */
  private static final int MAX_VIDEO_FPS = 240;

  /** The names of a picture's dimensions. */
  private static final List<String> PICTURE = List.of("height", "width", "channels");

  /** Columns that every table has, and the one that an episode has until it is written. Their names, like all in SQL, have no case. */
  private static final Set<String> TAKEN =
      Stream.concat(DatasetFeature.INDEX_COLUMNS.stream(), Stream.of("frame")).collect(Collectors.toUnmodifiableSet());

  /** @throws BadInputException where a feature is there twice, or is named as a column that every set has, or of a type, shape or rate that is not recorded */
  public DatasetSpec {
    features = List.copyOf(features);
    if (fps < 1) {
      throw new BadInputException("fps: expected a whole number of frames a second, at least 1, found " + fps);
    }
    Set<String> keys = new HashSet<>(TAKEN);
    for (DatasetFeature feature : features) {
      boolean vector = feature.dtype().equals("float32") && feature.shape().size() == 1;
      boolean picture = feature.isVisual() && feature.shape().size() == 3 && feature.shape().get(2) == 3;
      if (!vector && !picture) {
        throw new BadInputException(
            "feature '" + feature.key() + "': expected a float32 vector or a picture of three channels, found " + feature.dtype() + " " + feature.shape());
      }
      if (feature.isVideo() && (feature.shape().get(0) % 2 != 0 || feature.shape().get(1) % 2 != 0)) {
        throw new BadInputException("feature '" + feature.key() + "': expected an even width and height for a video, found " + feature.shape().get(1) + "x"
            + feature.shape().get(0) + "; keep images instead, or crop");
      }
      if (feature.isVideo() && fps > MAX_VIDEO_FPS) {
        throw new BadInputException("feature '" + feature.key() + "': expected at most " + MAX_VIDEO_FPS + " frames a second for a video, found " + fps
            + "; keep images instead, or take fewer");
      }
      if (!keys.add(feature.key().toLowerCase(Locale.ROOT)) || feature.key().contains("/")) {
        throw new BadInputException("feature '" + feature.key() + "': expected a key without '/' that is there once, in whatever case, and is none of "
            + new TreeSet<>(TAKEN));
      }
    }
  }

  /** A vector of numbers, each with a name. */
  public static DatasetFeature vector(String key, List<String> names) {
    return new DatasetFeature(key, "float32", List.of(names.size()), names);
  }

  /** A camera whose pictures are kept in a video; its width and height are even. */
  public static DatasetFeature video(String key, int width, int height) {
    return new DatasetFeature(key, "video", List.of(height, width, 3), PICTURE);
  }

  /** A camera whose pictures are kept as they are, as PNG files in the table. */
  public static DatasetFeature image(String key, int width, int height) {
    return new DatasetFeature(key, "image", List.of(height, width, 3), PICTURE);
  }
}
