package flowmatching.dataset.write;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DuckDb;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;

/** The rows of one episode as a parquet file of one row group. */
final class DataTable {
  /** DuckDB's smallest row group. */
  private static final int MIN_ROWS = 2048;

  private DataTable() {}

  /**
   * @param select the rows, in SQL
   * @param rows how many there are
   * @param features of the set
   */
  static void write(Connection database, String select, int rows, Collection<DatasetFeature> features, Path file) throws IOException {
    try (Statement statement = database.createStatement()) {
      statement.execute("COPY (" + select + ") TO " + DuckDb.text(file) + " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE " + Math.max(MIN_ROWS, rows)
          + ", KV_METADATA {huggingface: " + DuckDb.text(types(features)) + "})");
    } catch (SQLException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** The columns' types as Python's {@code datasets} keeps them: without them a picture is two columns there. */
  private static ObjectNode types(Collection<DatasetFeature> features) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode types = json.putObject("info").putObject("features");
    for (DatasetFeature feature : features) {
      if (feature.dtype().equals("image")) {
        types.putObject(feature.key()).put("_type", "Image");
      } else if (feature.isNumeric() && feature.shape().size() == 1) {
        ObjectNode value = feature.size() == 1 ? types.putObject(feature.key()) : types.putObject(feature.key()).put("length", feature.size()).put("_type", "List").putObject("feature");
        value.put("dtype", feature.dtype()).put("_type", "Value");
      }
    }
    return json;
  }
}
