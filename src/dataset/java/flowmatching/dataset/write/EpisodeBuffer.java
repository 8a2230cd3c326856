package flowmatching.dataset.write;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DuckDb;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.statistics.PictureStatistics;
import flowmatching.dataset.statistics.VectorStatistics;
import flowmatching.dataset.video.VideoWriter;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/** The episode that is being recorded: numbers and PNG files in memory, videos encoded as their frames come. */
final class EpisodeBuffer implements AutoCloseable {
  private final Path directory;
  private final int fps;
  private final List<DatasetFeature> features;
  private final Map<String, List<float[]>> numbers = new LinkedHashMap<>();
  private final Map<String, List<byte[]>> pictures = new LinkedHashMap<>();
  private final Map<String, VideoWriter> videos = new LinkedHashMap<>();
  private final Map<String, PictureStatistics> statistics = new LinkedHashMap<>();
  private int length;

  /** @param directory for the episode's files */
  EpisodeBuffer(Path directory, int fps, List<DatasetFeature> features) {
    this.directory = directory;
    this.fps = fps;
    this.features = features;
    for (DatasetFeature feature : features) {
      if (feature.isVisual()) {
        statistics.put(feature.key(), new PictureStatistics());
      }
      if (feature.dtype().equals("image")) {
        pictures.put(feature.key(), new ArrayList<>());
      } else if (!feature.isVideo()) {
        numbers.put(feature.key(), new ArrayList<>());
      }
    }
  }

  int length() {
    return length;
  }

  /** Adds a frame after it was found to be complete. */
  void add(Map<String, float[]> values, Map<String, RgbImage> images) {
    for (DatasetFeature feature : features) {
      if (feature.isVisual()) {
        check(feature, images.get(feature.key()));
      } else {
        check(feature, values.get(feature.key()));
      }
    }
    numbers.forEach((key, rows) -> rows.add(values.get(key).clone()));
    statistics.forEach((key, statistic) -> statistic.add(images.get(key)));
    pictures.forEach((key, files) -> files.add(PngFile.encode(images.get(key))));
    for (DatasetFeature feature : features) {
      if (feature.isVideo()) {
        videos.computeIfAbsent(feature.key(), key -> new VideoWriter(video(key), feature.shape().get(1), feature.shape().get(0), fps))
            .add(images.get(feature.key()));
      }
    }
    length++;
  }

  private void check(DatasetFeature feature, RgbImage image) {
    int height = feature.shape().get(0);
    int width = feature.shape().get(1);
    if (image == null || image.width() != width || image.height() != height) {
      throw wrong(feature, width + "x" + height + " pixels", image == null ? "none" : image.width() + "x" + image.height());
    }
  }

  private void check(DatasetFeature feature, float[] values) {
    if (values == null || values.length != feature.size()) {
      throw wrong(feature, feature.size() + " numbers", values == null ? "none" : String.valueOf(values.length));
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw wrong(feature, "finite numbers", Arrays.toString(values));
      }
    }
  }

  private BadInputException wrong(DatasetFeature feature, String expected, String found) {
    return new BadInputException("frame " + length + ": '" + feature.key() + "': expected " + expected + ", found " + found);
  }

  private Path video(String key) {
    return directory.resolve(key + ".mp4");
  }

  /**
   * Completes the episode's files.
   *
   * @param info of the set that it will be the last episode of
   * @param taskIndex of {@code task} in the set
   */
  FinishedEpisode finish(Connection database, DatasetInfo info, int taskIndex, String task) throws IOException {
    videos.values().forEach(VideoWriter::finish);
    Path table = directory.resolve("data.parquet");
    append(database, table);
    DataTable.write(database, "SELECT * EXCLUDE (frame), (frame / " + info.fps() + "::DOUBLE)::FLOAT AS timestamp, frame AS frame_index, "
        + info.totalEpisodes() + "::BIGINT AS episode_index, frame + " + info.totalFrames() + " AS index, " + taskIndex
        + "::BIGINT AS task_index FROM episode ORDER BY frame", length, info.features().values(), table);
    Map<String, Path> files = new LinkedHashMap<>();
    videos.keySet().forEach(key -> files.put(key, video(key)));
    return new FinishedEpisode(length, List.of(task), table, files, statistics(info.totalEpisodes(), info.totalFrames(), taskIndex));
  }

  /** Puts the rows into a table of the database. */
  private void append(Connection database, Path file) throws IOException {
    List<DatasetFeature> columns = features.stream().filter(feature -> !feature.isVideo()).toList();
    String types = columns.stream().map(column -> DuckDb.name(column.key()) + " " + type(column) + ", ").collect(Collectors.joining());
    try (Statement statement = database.createStatement()) {
      statement.execute("CREATE OR REPLACE TABLE episode (" + types + "frame BIGINT)");
      try (DuckDBAppender appender = database.unwrap(DuckDBConnection.class).createAppender("episode")) {
        for (int frame = 0; frame < length; frame++) {
          appender.beginRow();
          for (DatasetFeature column : columns) {
            append(appender, column, frame);
          }
          appender.append((long) frame).endRow();
        }
      }
    } catch (SQLException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static String type(DatasetFeature feature) {
    return feature.isVisual() ? "STRUCT(bytes BLOB, path VARCHAR)" : feature.size() == 1 ? "FLOAT" : "FLOAT[" + feature.size() + "]";
  }

  private void append(DuckDBAppender appender, DatasetFeature feature, int frame) throws SQLException {
    if (feature.isVisual()) {
      appender.beginStruct().append(pictures.get(feature.key()).get(frame)).append(String.format(Locale.ROOT, "frame-%06d.png", frame)).endStruct();
    } else if (feature.size() == 1) {
      appender.append(numbers.get(feature.key()).get(frame)[0]);
    } else {
      appender.append(numbers.get(feature.key()).get(frame));
    }
  }

  private FeatureStatistics statistics(int episode, int from, int task) {
    Map<String, Map<String, double[]>> byFeature = new LinkedHashMap<>();
    for (DatasetFeature feature : features) {
      byFeature.put(feature.key(), feature.isVisual()
          ? statistics.get(feature.key()).ofSample() : VectorStatistics.of(numbers.get(feature.key()), feature.size()));
    }
    byFeature.put("timestamp", VectorStatistics.of(length, frame -> frame / (double) fps));
    byFeature.put("frame_index", VectorStatistics.of(length, frame -> frame));
    byFeature.put("episode_index", VectorStatistics.of(length, frame -> episode));
    byFeature.put("index", VectorStatistics.of(length, frame -> from + frame));
    byFeature.put("task_index", VectorStatistics.of(length, frame -> task));
    return new FeatureStatistics(byFeature);
  }

  @Override
  public void close() {
    videos.values().forEach(VideoWriter::close);
  }
}
