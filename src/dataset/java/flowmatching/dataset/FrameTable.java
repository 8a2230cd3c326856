package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The numbers of one table, in memory: every numeric feature of every row, and the columns that each set has. */
final class FrameTable {
  private static final int MAX_VALUES = 1 << 30;

  private final Path file;
  private final int rows;
  private final Map<String, float[]> values = new HashMap<>();
  private final Map<String, long[]> integers = new HashMap<>();
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
    Map<String, String> columns = parquet.columns(file);
    for (String column : DatasetFeature.INDEX_COLUMNS) {
      requireColumn(file, columns, column);
    }
    long[] found = new long[1];
    // Rows of episodes that info.json does not count are what a recorder left that was killed.
    parquet.query(
        file, "SELECT count(*) FROM %s WHERE episode_index IS NULL OR episode_index < " + info.totalEpisodes(),
        rows -> found[0] = rows.next() ? rows.getLong(1) : 0);
    if (found[0] != expected) {
      throw new BadInputException(
          file + ": expected " + expected + " rows for episodes " + episodes.get(0).index() + " to "
              + episodes.get(episodes.size() - 1).index() + ", found " + found[0]);
    }
    FrameTable table = new FrameTable(file, expected);
    parquet.query(
        file, "SELECT timestamp, frame_index, episode_index, index, task_index FROM %s ORDER BY file_row_number",
        rows -> table.readIndex(rows, info, episodes, tolerance));
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isNumeric() && !feature.isIndex()) {
        requireColumn(file, columns, feature.key());
        table.readFeature(parquet, columns, feature);
      }
    }
    return table;
  }

  private static void requireColumn(Path file, Map<String, String> columns, String name) {
    if (!columns.containsKey(name)) {
      throw new BadInputException(file + ": column '" + name + "' is missing; found " + columns.keySet());
    }
  }

  private void readIndex(ResultSet rows, DatasetInfo info, List<Episode> episodes, double tolerance) throws SQLException {
    int row = 0;
    for (Episode episode : episodes) {
      for (int frame = 0; frame < episode.length(); frame++, row++) {
        rows.next();
        timestamps[row] = rows.getFloat(1);
        tasks[row] = ParquetFiles.integer(rows, 5);
        check(row, "frame_index", frame, ParquetFiles.integer(rows, 2));
        check(row, "episode_index", episode.index(), ParquetFiles.integer(rows, 3));
        check(row, "index", episode.from() + frame, ParquetFiles.integer(rows, 4));
        // A float32 timestamp late in a long episode is itself this coarse.
        double allowed = tolerance + Math.ulp((float) (frame / info.fps()));
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

  private void readFeature(ParquetFiles parquet, Map<String, String> columns, DatasetFeature feature) {
    String column = checkedColumn(parquet, ParquetFiles.list(columns, feature), feature);
    int size = feature.size();
    float[] floats = new float[rows * size];
    long[] longs = feature.isInteger() ? new long[floats.length] : null;
    String type = longs == null ? "FLOAT" : "BIGINT";
    parquet.query(file, "SELECT CAST(v AS " + type + ") FROM (SELECT " + column + " AS v FROM %s)", r -> {
      for (int at = 0; at < floats.length; at++) {
        r.next();
        if (longs == null) {
          floats[at] = r.getFloat(1);
        } else {
          longs[at] = r.getLong(1);
          floats[at] = longs[at];
        }
        if (r.wasNull()) {
          throw new BadInputException(file + ": row " + at / size + ": '" + feature.key() + "': expected a number, found none");
        }
      }
    });
    values.put(feature.key(), floats);
    if (longs != null) {
      integers.put(feature.key(), longs);
    }
  }

  /** The values of the lists one a row in SQL, after each list was found to hold as many as {@code info.json} says. */
  private String checkedColumn(ParquetFiles parquet, String list, DatasetFeature feature) {
    String wrong = "SELECT file_row_number, len(" + list + ") FROM %s WHERE len(" + list + ") IS DISTINCT FROM " + feature.size() + " LIMIT 1";
    parquet.query(file, wrong, r -> {
      if (r.next()) {
        throw new BadInputException(
            file + ": row " + r.getLong(1) + ": '" + feature.key() + "': expected " + feature.size() + " values, found " + r.getInt(2));
      }
    });
    if ((long) rows * feature.size() > MAX_VALUES) {
      throw new BadInputException(
          file + ": '" + feature.key() + "': expected at most " + MAX_VALUES + " values in one table, found " + rows + " rows of " + feature.size());
    }
    return "unnest(" + list + ")";
  }

  /** All values of a numeric feature, row by row; null where it is none. */
  float[] values(String key) {
    return values.get(key);
  }

  /** All values of a feature of whole numbers, row by row; null where it is none. */
  long[] integers(String key) {
    return integers.get(key);
  }

  float timestamp(int row) {
    return timestamps[row];
  }

  int task(int row) {
    return tasks[row];
  }
}
