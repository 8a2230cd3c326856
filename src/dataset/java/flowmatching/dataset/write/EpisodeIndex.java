package flowmatching.dataset.write;

import flowmatching.checkpoint.NewFile;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DuckDb;
import flowmatching.dataset.write.FileSeries.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The tables of a set's {@code meta} directory: its episodes, a row each with their statistics, and its tasks. */
final class EpisodeIndex {
  /** What pandas and with it LeRobot need to know of the file of tasks: that the tasks are the index. */
  private static final String PANDAS = """
      {"index_columns": ["task"], "column_indexes": [], "columns": [
        {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64", "metadata": null},
        {"name": "task", "field_name": "task", "pandas_type": "unicode", "numpy_type": "object", "metadata": null}]}""";

  private final Connection database;
  private final Path directory;
  private final Map<String, DatasetFeature> features;
  private final long limit;
  private final int chunksSize;
  private FileSlot slot;
  private boolean begun;

  /**
   * @param directory the set's {@code meta}
   * @param first the file of episodes to begin with
   * @param limit bytes that a file of episodes may grow to
   */
  EpisodeIndex(Connection database, Path directory, Map<String, DatasetFeature> features, FileSlot first, long limit, int chunksSize) {
    this.database = database;
    this.directory = directory;
    this.features = features;
    this.slot = first;
    this.limit = limit;
    this.chunksSize = chunksSize;
  }

  static Path file(Path directory, FileSlot slot) {
    return directory.resolve(String.format(Locale.ROOT, "episodes/chunk-%03d/file-%03d.parquet", slot.chunk(), slot.file()));
  }

  /** Adds a row; {@link #write} puts it into the file. */
  void add(int index, long from, FinishedEpisode episode, Place data, Map<String, Place> videos) throws IOException {
    if (begun && Files.exists(file(directory, slot)) && Files.size(file(directory, slot)) >= limit) {
      slot = slot.next(chunksSize);
      begun = false;
    }
    Map<String, String> row = row(index, from, episode, data, videos);
    String values = row.entrySet().stream().map(e -> e.getValue() + " AS " + DuckDb.name(e.getKey())).collect(Collectors.joining(", "));
    execute((begun ? "INSERT INTO episodes BY NAME SELECT " : "CREATE OR REPLACE TABLE episodes AS SELECT ") + values, file(directory, slot));
    begun = true;
  }

  /** Columns and their values in SQL, in LeRobot's order. */
  private Map<String, String> row(int index, long from, FinishedEpisode episode, Place data, Map<String, Place> videos) {
    Map<String, String> row = new LinkedHashMap<>();
    row.put("episode_index", bigint(index));
    row.put("tasks", episode.tasks().stream().map(DuckDb::text).collect(Collectors.joining(", ", "[", "]")));
    row.put("length", bigint(episode.length()));
    row.put("data/chunk_index", bigint(data.slot().chunk()));
    row.put("data/file_index", bigint(data.slot().file()));
    row.put("dataset_from_index", bigint(from));
    row.put("dataset_to_index", bigint(from + episode.length()));
    videos.forEach((key, place) -> {
      row.put("videos/" + key + "/chunk_index", bigint(place.slot().chunk()));
      row.put("videos/" + key + "/file_index", bigint(place.slot().file()));
      row.put("videos/" + key + "/from_timestamp", place.from() + "::DOUBLE");
      row.put("videos/" + key + "/to_timestamp", place.to() + "::DOUBLE");
    });
    episode.statistics().byFeature().forEach((key, statistics) -> statistics.forEach((name, values) ->
        row.put("stats/" + key + "/" + name, name.equals("count") ? "[" + bigint((long) values[0]) + "]" : numbers(values, features.get(key).isVisual()))));
    row.put("meta/episodes/chunk_index", bigint(slot.chunk()));
    row.put("meta/episodes/file_index", bigint(slot.file()));
    return row;
  }

  private static String bigint(long value) {
    return value + "::BIGINT";
  }

  private static String numbers(double[] values, boolean isPicture) {
    return Arrays.stream(values).mapToObj(value -> isPicture ? "[[" + value + "::DOUBLE]]" : value + "::DOUBLE").collect(Collectors.joining(", ", "[", "]"));
  }

  /** Writes the file of episodes that is begun. */
  void write() throws IOException {
    NewFile.write(file(directory, slot), part -> execute("COPY episodes TO " + DuckDb.text(part) + " (FORMAT parquet, COMPRESSION snappy)", part));
  }

  void writeTasks(List<String> tasks) throws IOException {
    String rows = IntStream.range(0, tasks.size()).mapToObj(i -> "(" + bigint(i) + ", " + DuckDb.text(tasks.get(i)) + ")").collect(Collectors.joining(", "));
    NewFile.write(directory.resolve("tasks.parquet"), part -> execute(
        "COPY (SELECT * FROM (VALUES " + rows + ") AS t(task_index, task)) TO " + DuckDb.text(part)
            + " (FORMAT parquet, COMPRESSION snappy, KV_METADATA {pandas: " + DuckDb.text(PANDAS) + "})", part));
  }

  private void execute(String sql, Path file) throws IOException {
    try (Statement statement = database.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
