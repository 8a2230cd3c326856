package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The numbers of one table, in memory: every numeric feature of every row, and the columns that each set has. */
final class FrameTable {
  private static final Set<String> INDEX_COLUMNS = Set.of("timestamp", "frame_index", "episode_index", "index", "task_index");

  private final Path file;
  private final int rows;
  private final Map<String, float[]> features = new HashMap<>();
  private final float[] timestamps;
  private final int[] tasks;

  private FrameTable(Path file, int rows) {
    this.file = file;
    this.rows = rows;
    this.timestamps = new float[rows];
    this.tasks = new int[rows];
  }

  /**
   * Reads a table and compares it with what the episodes say.
   *
   * @param episodes those whose rows it holds, in order
   * @param tolerance seconds that a timestamp may differ from frame_index / fps
   * @throws BadInputException naming file and row where they differ
   */
  static FrameTable read(ParquetFiles parquet, Path file, DatasetInfo info, List<Episode> episodes, double tolerance) {
    int expected = episodes.stream().mapToInt(Episode::length).sum();
    int[] found = new int[1];
    parquet.query(file, "SELECT count(*) FROM %s", rows -> found[0] = rows.next() ? rows.getInt(1) : 0);
    if (found[0] != expected) {
      throw new BadInputException(
          file + ": expected " + expected + " rows for episodes " + episodes.get(0).index() + " to " + episodes.get(episodes.size() - 1).index() + ", found " + found[0]);
    }
    FrameTable table = new FrameTable(file, expected);
    Set<String> columns = parquet.columns(file);
    for (String column : INDEX_COLUMNS) {
      table.requireColumn(columns, column);
    }
    parquet.query(
        file, "SELECT timestamp, frame_index, episode_index, index, task_index FROM %s ORDER BY file_row_number",
        rows -> table.readIndex(rows, info, episodes, tolerance));
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isNumeric() && !INDEX_COLUMNS.contains(feature.key())) {
        table.requireColumn(columns, feature.key());
        table.readFeature(parquet, feature);
      }
    }
    return table;
  }

  private void requireColumn(Set<String> columns, String name) {
    if (!columns.contains(name)) {
      throw new BadInputException(file + ": column '" + name + "' is missing; found " + columns);
    }
  }

  private void readIndex(ResultSet rows, DatasetInfo info, List<Episode> episodes, double tolerance) throws SQLException {
    int row = 0;
    for (Episode episode : episodes) {
      for (int frame = 0; frame < episode.length(); frame++, row++) {
        rows.next();
        timestamps[row] = rows.getFloat(1);
        tasks[row] = rows.getInt(5);
        check(row, "frame_index", frame, rows.getLong(2));
        check(row, "episode_index", episode.index(), rows.getLong(3));
        check(row, "index", episode.from() + frame, rows.getLong(4));
        // A float32 timestamp late in a long episode is itself this coarse.
        double allowed = tolerance + Math.ulp(timestamps[row]);
        if (!(Math.abs(timestamps[row] - frame / info.fps()) <= allowed)) {
          throw new BadInputException(
              file + ": row " + row + ": timestamp: expected " + frame / info.fps() + " (frame " + frame + " at " + info.fps() + " fps, tolerance "
                  + tolerance + " s), found " + timestamps[row]);
        }
      }
    }
  }

  private void check(int row, String column, long expected, long found) {
    if (expected != found) {
      throw new BadInputException(file + ": row " + row + ": " + column + ": expected " + expected + ", found " + found);
    }
  }

  private void readFeature(ParquetFiles parquet, DatasetFeature feature) {
    int size = feature.size();
    float[] values = new float[Math.multiplyExact(rows, size)];
    String column = ParquetFiles.quoted(feature.key());
    // A feature of shape [1] is stored as a plain number.
    boolean[] list = new boolean[1];
    parquet.query(file, "SELECT typeof(" + column + ") FROM %s LIMIT 1", r -> list[0] = r.next() && r.getString(1).contains("["));
    if (list[0]) {
      parquet.query(file, "SELECT file_row_number, len(" + column + ") FROM %s WHERE len(" + column + ") IS DISTINCT FROM " + size + " LIMIT 1", r -> {
        if (r.next()) {
          throw new BadInputException(file + ": row " + r.getLong(1) + ": '" + feature.key() + "': expected " + size + " values, found " + r.getInt(2));
        }
      });
    }
    String value = list[0] ? "unnest(" + column + ")" : column;
    parquet.query(file, "SELECT CAST(v AS FLOAT) FROM (SELECT " + value + " AS v FROM %s)", r -> {
      int at = 0;
      while (r.next() && at < values.length) {
        values[at++] = r.getFloat(1);
      }
      if (at != values.length || r.next()) {
        throw new BadInputException(file + ": '" + feature.key() + "': expected " + values.length + " values, found another number");
      }
    });
    features.put(feature.key(), values);
  }

  /** All values of a feature, row by row. */
  float[] values(String key) {
    return features.get(key);
  }

  float timestamp(int row) {
    return timestamps[row];
  }

  int task(int row) {
    return tasks[row];
  }
}
