package flowmatching.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What {@code meta/info.json} says, checked.
 *
 * @param file its path, for messages
 * @param version {@code v3.0} or {@code v2.1}
 * @param fps frames a second
 * @param robotType as recorded, empty where absent
 * @param features in the order of the file
 * @param totalEpisodes episodes that the set claims
 * @param totalFrames frames that the set claims
 * @param totalTasks tasks that the set claims, -1 where it does not say
 * @param chunksSize files (v3.0) or episodes (v2.1) a directory
 * @param dataPath pattern of the tables' paths
 * @param videoPath pattern of the videos' paths, empty where the set has none
 */
public record DatasetInfo(
    Path file, String version, double fps, String robotType, Map<String, DatasetFeature> features, int totalEpisodes, int totalFrames,
    int totalTasks, int chunksSize, String dataPath, String videoPath) {
  public static final String V30 = "v3.0";
  public static final String V21 = "v2.1";

  /** How a set of version v3.0 lays out its files where its {@code info.json} leaves that out, as LeRobot 0.6.1 has it. */
  public static final int CHUNKS_SIZE = 1000;
  public static final String DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
  public static final String VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";

  private static final int MAX_SIZE = 1 << 16;
  private static final int MAX_DIMENSIONS = 8;
  /** Larger pictures are a damaged file, or one that is to take all memory: a few MB of PNG can hold gigabytes. */
  private static final int MAX_PIXELS = 1 << 26;
  private static final int MAX_SHOWN = 200;
  private static final Set<String> CHANNELS = Set.of("channel", "channels");

  /** @throws BadInputException where the file is missing, broken, of an unknown version, or a value is out of range */
  public static DatasetInfo read(Path root) {
    Path file = root.resolve("meta/info.json");
    return parse(file, JsonFile.read(file));
  }

  /**
   * Reads what the file says.
   *
   * @param file its path, also where it is not there yet
   * @throws BadInputException as {@link #read}
   */
  public static DatasetInfo parse(Path file, ObjectNode json) {
    boolean isV30 = json.path("codebase_version").asText().equals(V30);
    Reader reader = new Reader(file, isV30 ? withLayout(json) : json);
    String version = reader.text("codebase_version");
    if (!version.equals(V30) && !version.equals(V21)) {
      throw reader.wrong("codebase_version", V30 + " or " + V21, "'" + version + "'");
    }
    double fps = json.path("fps").isNumber() ? json.path("fps").doubleValue() : 0;
    if (!(fps > 0 && fps <= 10_000)) {
      throw reader.wrong("fps", "frames a second, above 0 and at most 10000", json.path("fps").toString());
    }
    Map<String, DatasetFeature> features = reader.features();
    // LeRobot writes null, or the usual pattern, where no feature is a video.
    boolean needsVideos = features.values().stream().anyMatch(DatasetFeature::isVideo);
    return new DatasetInfo(
        file, version, fps, json.path("robot_type").asText(""), features, reader.count("total_episodes"), reader.count("total_frames"),
        json.has("total_tasks") ? reader.count("total_tasks") : -1, Math.max(1, reader.count("chunks_size")), reader.pattern("data_path"),
        needsVideos ? reader.pattern("video_path") : "");
  }

  private static ObjectNode withLayout(ObjectNode json) {
    ObjectNode whole = JsonNodeFactory.instance.objectNode().put("chunks_size", CHUNKS_SIZE).put("data_path", DATA_PATH).put("video_path", VIDEO_PATH);
    return whole.setAll(json);
  }

  /** @throws BadInputException where the set has no such feature */
  public DatasetFeature feature(String key) {
    DatasetFeature feature = features.get(key);
    if (feature == null) {
      throw new BadInputException(file + ": has no feature '" + key + "'; it has " + features.keySet());
    }
    return feature;
  }

  /** The table of a v3.0 set with that place. @throws BadInputException where the pattern of its path is wrong */
  public Path dataFile(int chunk, int file) {
    return DatasetLayout.path(root(), this, dataPath, Map.of("chunk_index", chunk, "file_index", file));
  }

  /** The video of a v3.0 set with that place. @throws BadInputException where the pattern of its path is wrong */
  public Path videoFile(String key, int chunk, int file) {
    return DatasetLayout.path(root(), this, videoPath, Map.of("video_key", key, "chunk_index", chunk, "file_index", file));
  }

  /** The tables that list the episodes of a v3.0 set, in order. @throws BadInputException where there is no directory of them */
  public List<Path> episodeFiles() {
    Path directory = root().resolve("meta/episodes");
    if (!Files.isDirectory(directory)) {
      throw new BadInputException(directory + ": no such directory; a v3.0 data set lists its episodes there");
    }
    try (Stream<Path> files = Files.walk(directory, 2, FileVisitOption.FOLLOW_LINKS)) {
      return files.filter(f -> f.toString().endsWith(".parquet")).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new BadInputException(directory + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private Path root() {
    return file.toAbsolutePath().getParent().getParent();
  }

  /** The pictures' features, in the order of the file. */
  public List<DatasetFeature> cameras() {
    return features.values().stream().filter(DatasetFeature::isVisual).toList();
  }

  private record Reader(Path file, ObjectNode json) {
    BadInputException wrong(String key, String expected, String found) {
      String shown = found.length() > MAX_SHOWN ? found.substring(0, MAX_SHOWN) + "..." : found;
      return new BadInputException(file + ": " + key + ": expected " + expected + ", found " + (shown.isEmpty() ? "nothing" : shown));
    }

    String text(String key) {
      if (!json.path(key).isTextual()) {
        throw wrong(key, "a text", json.path(key).toString());
      }
      return json.path(key).textValue();
    }

    int count(String key) {
      JsonNode value = json.path(key);
      if (!value.isInt() || value.intValue() < 0) {
        throw wrong(key, "a whole number of at least 0", value.toString());
      }
      return value.intValue();
    }

    /** A path below the set's root, with {fields} in braces. */
    String pattern(String key) {
      String pattern = text(key);
      if (pattern.isEmpty() || pattern.startsWith("/") || pattern.contains("..") || pattern.contains("\\") || pattern.contains("\0")) {
        throw wrong(key, "a path below the data set", "'" + pattern + "'");
      }
      return pattern;
    }

    Map<String, DatasetFeature> features() {
      JsonNode node = json.path("features");
      if (!node.isObject() || node.isEmpty()) {
        throw wrong("features", "an object with at least one feature", node.toString());
      }
      Map<String, DatasetFeature> features = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        features.put(entry.getKey(), feature(entry.getKey(), entry.getValue()));
      }
      return features;
    }

    private DatasetFeature feature(String key, JsonNode node) {
      if (key.isEmpty() || key.contains("..") || key.contains("/") || key.contains("\\") || key.contains("\0")) {
        throw wrong("features", "a key that can be part of a path", "'" + key + "'");
      }
      if (!node.path("shape").isArray()) {
        throw wrong("features." + key + ".shape", "a list of sizes", node.path("shape").toString());
      }
      List<Integer> shape = new ArrayList<>();
      long values = 1;
      for (JsonNode size : node.path("shape")) {
        if (!size.isInt() || size.intValue() < 1 || size.intValue() > MAX_SIZE || shape.size() == MAX_DIMENSIONS) {
          throw wrong("features." + key + ".shape", "at most " + MAX_DIMENSIONS + " sizes of 1 to " + MAX_SIZE, node.path("shape").toString());
        }
        shape.add(size.intValue());
        values *= size.intValue();
        if (values > Integer.MAX_VALUE) {
          throw wrong("features." + key + ".shape", "fewer than 2^31 values", node.path("shape").toString());
        }
      }
      List<String> names = names(node.path("names"));
      DatasetFeature feature = new DatasetFeature(key, node.path("dtype").asText(""), shape, names);
      if (feature.isVisual() && shape.size() == 3 && !names.isEmpty() && CHANNELS.contains(names.get(0))) {
        // [channels, height, width]: as LeRobot's gym_manipulator and openpi's converters write it.
        feature = new DatasetFeature(key, feature.dtype(), List.of(shape.get(1), shape.get(2), shape.get(0)), names);
      }
      if (!feature.isKnown()) {
        throw wrong("features." + key + ".dtype", "float32, int64, bool, string, image, video or the like", node.path("dtype").toString());
      }
      if (feature.isVisual() && shape.size() != 3) {
        throw wrong("features." + key + ".shape", "[height, width, channels]", node.path("shape").toString());
      }
      if (feature.isVisual() && (long) feature.shape().get(0) * feature.shape().get(1) > MAX_PIXELS) {
        throw wrong("features." + key + ".shape", "at most " + MAX_PIXELS + " pixels", node.path("shape").toString());
      }
      // One name for all values, as openpi's converters write it, is the name of none.
      return feature.isVisual() || names.size() == feature.size() ? feature : new DatasetFeature(key, feature.dtype(), shape, List.of());
    }

    /** A list, or an object or a list with one list in it as some recorders write. */
    private static List<String> names(JsonNode node) {
      JsonNode list = node.size() == 1 && (node.isObject() || node.path(0).isArray()) ? node.elements().next() : node;
      List<String> names = new ArrayList<>();
      if (list.isArray()) {
        list.forEach(name -> names.add(name.asText()));
      }
      return names;
    }
  }
}
