package flowmatching.dataset.check;

import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Episode;
import flowmatching.dataset.ParquetFiles;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows of one table: counts, indices, timestamps, and numbers that are numbers. */
final class TableCheck {
  private final Path file;
  private final DatasetInfo info;
  private final ParquetFiles parquet;
  private final Findings findings;
  private final String counted;
  private Map<String, String> columns = Map.of();

  TableCheck(Path file, DatasetInfo info, ParquetFiles parquet, Findings findings) {
    this.file = file;
    this.info = info;
    this.parquet = parquet;
    this.findings = findings;
    this.counted = "(SELECT * FROM %s WHERE episode_index IS NULL OR episode_index < " + info.totalEpisodes() + ")";
  }

  /**
   * Checks the table.
   *
   * @param episodes those that it should hold, in order
   * @param tasks how many the set has
   * @param tolerance of timestamps, in seconds
   * @return whether it can be read and has the rows that it should
   */
  boolean check(List<Episode> episodes, int tasks, double tolerance) {
    return findings.attempt(() -> columns = parquet.columns(file)) && checkReadable(episodes, tasks, tolerance);
  }

  private boolean checkReadable(List<Episode> episodes, int tasks, double tolerance) {
    boolean complete = true;
    for (DatasetFeature feature : info.features().values()) {
      if (!feature.isVideo() && !columns.containsKey(feature.key())) {
        findings.defect(file + ": column '" + feature.key() + "' is missing, but info.json lists it; found " + columns.keySet());
        complete &= !feature.isIndex();
      }
    }
    if (!columns.keySet().containsAll(DatasetFeature.INDEX_COLUMNS)) {
      if (complete) {
        findings.defect(file + ": expected columns " + DatasetFeature.INDEX_COLUMNS + ", found " + columns.keySet());
      }
      return false;
    }
    boolean fits = checkRows(episodes);
    findings.attempt(() -> checkIndices(episodes, tasks, tolerance));
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isNumeric() && columns.containsKey(feature.key())) {
        findings.attempt(() -> checkNumbers(feature));
      }
    }
    return fits;
  }

  private long number(String sql) {
    long[] found = new long[1];
    parquet.query(file, sql, rows -> found[0] = rows.next() ? rows.getLong(1) : 0);
    return found[0];
  }

  private boolean checkRows(List<Episode> episodes) {
    long all = number("SELECT count(*) FROM %s");
    long rows = number("SELECT count(*) FROM " + counted);
    int expected = episodes.stream().mapToInt(Episode::length).sum();
    if (rows != expected) {
      findings.defect(file + ": expected " + expected + " rows for episodes " + episodes.get(0).index() + " to "
          + episodes.get(episodes.size() - 1).index() + ", found " + rows);
    }
    if (all > rows) {
      findings.leftover(file + ": " + (all - rows) + " rows of episodes that info.json does not count");
    }
    return rows == expected;
  }

  private void checkIndices(List<Episode> episodes, int tasks, double tolerance) {
    Findings.Repeated defects = findings.new Repeated();
    parquet.query(file, "SELECT timestamp, frame_index, episode_index, index, task_index FROM " + counted + " ORDER BY file_row_number", rows -> {
      int row = 0;
      for (Episode episode : episodes) {
        for (int frame = 0; frame < episode.length() && rows.next(); frame++, row++) {
          same(defects, row, "frame_index", frame, rows, 2);
          same(defects, row, "episode_index", episode.index(), rows, 3);
          same(defects, row, "index", episode.from() + frame, rows, 4);
          double timestamp = rows.getDouble(1);
          double expected = frame / info.fps();
          // A float32 timestamp late in a long episode is itself this coarse.
          if (rows.wasNull() || !(Math.abs(timestamp - expected) <= tolerance + Math.ulp((float) expected))) {
            defects.add("timestamp", file + ": row " + row + ": timestamp: expected " + expected + " (frame " + frame + " at " + info.fps() + " fps), found "
                + rows.getString(1));
          }
          long task = rows.getLong(5);
          if (rows.wasNull() || task < 0 || task >= tasks) {
            defects.add("task_index", file + ": row " + row + ": task_index: expected 0 to " + (tasks - 1) + ", found " + rows.getString(5));
          }
        }
      }
    });
    defects.finish("rows");
  }

  private void same(Findings.Repeated defects, int row, String column, long expected, ResultSet rows, int place) throws SQLException {
    long found = rows.getLong(place);
    if (rows.wasNull() || found != expected) {
      defects.add(column, file + ": row " + row + ": " + column + ": expected " + expected + ", found " + rows.getString(place));
    }
  }

  private void checkNumbers(DatasetFeature feature) {
    String list = ParquetFiles.list(columns, feature);
    first(
        "SELECT min(file_row_number), count(*), first(len(" + list + ") ORDER BY file_row_number) FROM " + counted + " WHERE len(" + list
            + ") IS DISTINCT FROM " + feature.size(), feature, "expected " + feature.size() + " values, found ");
    first(
        "SELECT min(r), count(*), first(v ORDER BY r) FROM (SELECT file_row_number AS r, unnest(" + list + ") AS v FROM " + counted
            + ") WHERE v IS NULL OR NOT isfinite(v::DOUBLE)", feature, "expected finite numbers, found ");
  }

  private void first(String sql, DatasetFeature feature, String problem) {
    parquet.query(file, sql, rows -> {
      if (rows.next() && rows.getLong(2) > 0) {
        String more = rows.getLong(2) > 1 ? " (and " + (rows.getLong(2) - 1) + " more)" : "";
        String found = rows.getString(3) == null ? "none" : rows.getString(3);
        findings.defect(file + ": row " + rows.getLong(1) + ": '" + feature.key() + "': " + problem + found + more);
      }
    });
  }

  /**
   * Statistics of the table's numbers by episode, without quantiles; features that cannot be read are left out.
   *
   * @return by episode, then by feature
   */
  Map<Integer, Map<String, Map<String, double[]>>> statistics() {
    Map<Integer, Map<String, Map<String, double[]>>> episodes = new LinkedHashMap<>();
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isNumeric() && feature.shape().size() == 1 && columns.containsKey(feature.key())) {
        new Findings(false).attempt(() -> statistics(feature, episodes));
      }
    }
    return episodes;
  }

  private void statistics(DatasetFeature feature, Map<Integer, Map<String, Map<String, double[]>>> episodes) {
    String values = "SELECT episode_index AS e, unnest(range(" + feature.size() + ")) AS i, unnest(" + ParquetFiles.list(columns, feature) + ")::DOUBLE AS v FROM " + counted;
    List<String> names = new ArrayList<>(List.of("min", "max", "mean", "std"));
    parquet.query(file, "SELECT e, i, min(v), max(v), avg(v), stddev_pop(v), count(v) FROM (" + values + ") GROUP BY e, i", rows -> {
      while (rows.next()) {
        Map<String, double[]> statistics = episodes.computeIfAbsent(rows.getInt(1), e -> new LinkedHashMap<>())
            .computeIfAbsent(feature.key(), key -> new LinkedHashMap<>());
        for (int k = 0; k < names.size(); k++) {
          statistics.computeIfAbsent(names.get(k), n -> new double[feature.size()])[rows.getInt(2)] = rows.getDouble(3 + k);
        }
        statistics.put("count", new double[] {rows.getDouble(7)});
      }
    });
  }
}
