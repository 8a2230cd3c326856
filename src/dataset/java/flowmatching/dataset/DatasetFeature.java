package flowmatching.dataset;

import java.util.List;
import java.util.Set;

/**
 * A feature of a data set as {@code meta/info.json} lists it.
 *
 * @param key for example {@code observation.state}
 * @param dtype {@code float32}, {@code float64}, {@code int64}, {@code bool}, {@code string}, {@code image}, {@code video}, ...
 * @param shape {@code [height, width, channels]} for pictures, also where the file has the channels first; {@code [size]} for vectors
 * @param names of the values of a vector, in order; empty where the file has not one for each
 */
public record DatasetFeature(String key, String dtype, List<Integer> shape, List<String> names) {
  /** Columns that every set has behind its own: they number its rows. */
  public static final List<String> INDEX_COLUMNS = List.of("timestamp", "frame_index", "episode_index", "index", "task_index");

  private static final Set<String> FRACTIONS = Set.of("float16", "float32", "float64", "bool");
  private static final Set<String> INTEGERS = Set.of("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64");
  private static final Set<String> TEXTS = Set.of("string", "language");

  public DatasetFeature {
    shape = List.copyOf(shape);
    names = List.copyOf(names);
  }

  /** Whether it is a picture stored in a video file. */
  public boolean isVideo() {
    return dtype.equals("video");
  }

  /** Whether it is a picture, stored in a video file or in the table. */
  public boolean isVisual() {
    return isVideo() || dtype.equals("image");
  }

  /** Whether it is numbers. */
  public boolean isNumeric() {
    return FRACTIONS.contains(dtype) || isInteger();
  }

  /** Whether it is whole numbers. */
  public boolean isInteger() {
    return INTEGERS.contains(dtype);
  }

  /** Whether it is one of {@link #INDEX_COLUMNS}. */
  public boolean isIndex() {
    return INDEX_COLUMNS.contains(key);
  }

  /** Whether the format knows its type. */
  boolean isKnown() {
    return isVisual() || isNumeric() || TEXTS.contains(dtype);
  }

  /** Values a frame, of a vector. */
  public int size() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
