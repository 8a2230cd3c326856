package flowmatching.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.Episode.VideoStart;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * LeRobotDataset v3.0: tables and videos that hold many episodes, indexed by {@code meta/episodes}. What {@code info.json} does not
 * count is not there: a recorder writes it last, so more than that is what a recorder left that was killed.
 */
final class LayoutV30 implements Layout {
  /** A video of this length, over thirty years, is a mistake. */
  private static final double MAX_SECONDS = 1e9;

  /** What pandas calls the column of an index without a name, as LeRobot's tasks had none at first. */
  private static final String UNNAMED = "__index_level_0__";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;
  private final DatasetInfo info;
  private final ParquetFiles parquet;

  LayoutV30(Path root, DatasetInfo info, ParquetFiles parquet) {
    this.root = root;
    this.info = info;
    this.parquet = parquet;
  }

  @Override
  public List<Episode> episodes(Consumer<BadInputException> problems) {
    List<Episode> episodes = new ArrayList<>();
    Map<Path, Integer> rowsOfTables = new HashMap<>();
    for (Path file : info.episodeFiles()) {
      readEpisodes(file, row -> episodes.add(episode(file, row, episodes, rowsOfTables, problems)));
    }
    return episodes;
  }

  @Override
  public FeatureStatistics statistics() {
    Path file = root.resolve("meta/stats.json");
    return Files.exists(file) ? FeatureStatistics.parse(file.toString(), JsonFile.read(file), info) : new FeatureStatistics(Map.of());
  }

  @Override
  public List<FeatureStatistics> episodeStatistics() {
    List<FeatureStatistics> parts = new ArrayList<>();
    for (Path file : info.episodeFiles()) {
      Map<String, List<String>> names = parquet.columns(file).keySet().stream().filter(column -> column.matches("stats/.+/.+")).collect(
          Collectors.groupingBy(column -> column.substring("stats/".length(), column.lastIndexOf('/')), LinkedHashMap::new, Collectors.toList()));
      if (names.isEmpty()) {
        return List.of();
      }
      String columns = names.entrySet().stream().map(feature -> feature.getValue().stream()
          .map(column -> DuckDb.text(column.substring(column.lastIndexOf('/') + 1)) + ": " + DuckDb.name(column))
          .collect(Collectors.joining(", ", DuckDb.text(feature.getKey()) + ": {", "}"))).collect(Collectors.joining(", ", "{", "}"));
      String sql = "SELECT to_json(" + columns.replace("%", "%%") + ") FROM %s WHERE episode_index < " + info.totalEpisodes() + " ORDER BY episode_index";
      parquet.query(file, sql, rows -> {
        while (rows.next()) {
          parts.add(FeatureStatistics.parse(file + ": row " + parts.size(), json(file, rows.getString(1)), info));
        }
      });
    }
    return parts;
  }

  private static JsonNode json(Path file, String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new BadInputException(file + ": statistics: expected finite numbers, found " + e.getOriginalMessage(), e);
    }
  }

  private interface Row {
    void read(ResultSet row) throws SQLException;
  }

  private void readEpisodes(Path file, Row reader) {
    List<String> videos = videos();
    Set<String> present = parquet.columns(file).keySet();
    StringBuilder columns = new StringBuilder(
        "episode_index, length, \"data/chunk_index\", \"data/file_index\", dataset_from_index, dataset_to_index, ");
    // LeRobot reads a frame's task by its task_index alone, and its convert_image_to_video leaves this column out.
    columns.append(present.contains("tasks") ? "tasks" : "[]::VARCHAR[]");
    for (String key : videos) {
      for (String part : List.of("chunk_index", "file_index", "from_timestamp")) {
        columns.append(", ").append(ParquetFiles.quoted("videos/" + key + "/" + part));
      }
    }
    for (String key : videos) {
      if (!present.contains("videos/" + key + "/from_timestamp")) {
        throw new BadInputException(file + ": column 'videos/" + key + "/from_timestamp' is missing, but info.json lists '" + key + "' as a video");
      }
    }
    String counted = " WHERE episode_index IS NULL OR episode_index < " + info.totalEpisodes();
    parquet.query(file, "SELECT " + columns + " FROM %s" + counted + " ORDER BY episode_index", rows -> {
      while (rows.next()) {
        reader.read(rows);
      }
    });
  }

  private List<String> videos() {
    return info.features().values().stream().filter(DatasetFeature::isVideo).map(DatasetFeature::key).toList();
  }

  /**
   * @param before the episodes before this one
   * @param rows of each table that those take
   */
  private Episode episode(
      Path file, ResultSet row, List<Episode> before, Map<Path, Integer> rows, Consumer<BadInputException> problems) throws SQLException {
    int index = ParquetFiles.integer(row, 1);
    int length = ParquetFiles.integer(row, 2);
    int from = ParquetFiles.integer(row, 5);
    int to = ParquetFiles.integer(row, 6);
    int expected = before.isEmpty() ? 0 : before.get(before.size() - 1).to();
    if (index != before.size() || from != expected || length < 1 || to != (long) from + length) {
      problems.accept(new BadInputException(
          file + ": row " + before.size() + ": expected episode " + before.size() + " from index " + expected + ", found episode " + index
              + " of length " + length + " from " + from + " to " + to));
    }
    Path data = info.dataFile(ParquetFiles.integer(row, 3), ParquetFiles.integer(row, 4));
    Map<String, VideoStart> starts = new HashMap<>();
    List<String> videos = videos();
    for (int i = 0; i < videos.size(); i++) {
      starts.put(videos.get(i), videoStart(row, 8 + 3 * i, videos.get(i), before.size()));
    }
    int frames = Math.max(1, length);
    return new Episode(before.size(), texts(row.getArray(7)), frames, expected, data, rows.merge(data, frames, Integer::sum) - frames, starts);
  }

  private VideoStart videoStart(ResultSet row, int column, String key, int episode) throws SQLException {
    double seconds = row.getDouble(column + 2);
    if (row.wasNull() || !(seconds >= 0 && seconds < MAX_SECONDS)) {
      throw new SQLException("row " + episode + ": 'videos/" + key + "/from_timestamp': expected seconds, found " + row.getString(column + 2));
    }
    return new VideoStart(info.videoFile(key, ParquetFiles.integer(row, column), ParquetFiles.integer(row, column + 1)), seconds);
  }

  private static List<String> texts(Array array) throws SQLException {
    List<String> texts = new ArrayList<>();
    if (array != null) {
      for (Object text : (Object[]) array.getArray()) {
        texts.add(String.valueOf(text));
      }
    }
    return texts;
  }

  @Override
  public List<String> tasks() {
    Path file = root.resolve("meta/tasks.parquet");
    List<String> tasks = new ArrayList<>();
    String task = parquet.columns(file).containsKey(UNNAMED) ? UNNAMED : "task";
    parquet.query(file, "SELECT task_index, " + task + " FROM %s ORDER BY task_index", rows -> {
      while (rows.next() && tasks.size() != info.totalTasks()) {
        if (ParquetFiles.integer(rows, 1) != tasks.size() || rows.getString(2) == null) {
          throw new BadInputException(
              file + ": expected task_index " + tasks.size() + " and a text, found " + rows.getString(1) + " and " + rows.getString(2));
        }
        tasks.add(rows.getString(2));
      }
    });
    return tasks;
  }
}
