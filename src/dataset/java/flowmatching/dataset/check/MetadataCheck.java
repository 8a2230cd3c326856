package flowmatching.dataset.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DuckDb;
import flowmatching.dataset.ParquetFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/** What LeRobot needs of a v3.0 set's {@code meta} directory and this project's reader does not. */
final class MetadataCheck {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The index of tasks, with its name or, as LeRobot wrote it at first, without one. */
  private static final Set<String> TASKS = Set.of("[\"task\"]", "[\"__index_level_0__\"]");

  private MetadataCheck() {}

  static void check(Path root, DatasetInfo info, ParquetFiles parquet, Findings findings) {
    checkIndexOfTasks(root.resolve("meta/tasks.parquet"), parquet, findings);
    for (Path file : info.episodeFiles()) {
      parquet.query(file, "SELECT count(*) FROM %s WHERE episode_index >= " + info.totalEpisodes(), rows -> {
        if (rows.next() && rows.getLong(1) > 0) {
          findings.leftover(file + ": " + rows.getLong(1) + " episodes that info.json does not count");
        }
      });
    }
  }

  /** Pandas takes the tasks as the index of their table only where the file's metadata says so; else LeRobot gives numbers for tasks. */
  private static void checkIndexOfTasks(Path file, ParquetFiles parquet, Findings findings) {
    String[] found = {"none"};
    parquet.query(file, "SELECT value FROM parquet_kv_metadata(" + DuckDb.text(file).replace("%", "%%") + ") WHERE key::VARCHAR = 'pandas' AND (SELECT count(*) FROM %s) >= 0",
        rows -> found[0] = rows.next() ? new String(rows.getBytes(1), StandardCharsets.UTF_8) : "none");
    try {
      JsonNode index = found[0].equals("none") ? null : JSON.readTree(found[0]).path("index_columns");
      if (index == null || !TASKS.contains(index.toString())) {
        findings.defect(file + ": metadata 'pandas': expected index_columns [\"task\"], found " + (index == null ? "none" : index));
      }
    } catch (JsonProcessingException e) {
      findings.defect(file + ": metadata 'pandas': expected JSON, found " + e.getOriginalMessage());
    }
  }
}
