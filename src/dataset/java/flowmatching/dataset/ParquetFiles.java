package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.duckdb.DuckDBConnection;

/** Reads parquet files through a {@link DuckDb} of its own. */
public final class ParquetFiles implements AutoCloseable {
  private final Connection connection;

  public ParquetFiles() {
    this(DuckDb.open());
  }

  private ParquetFiles(Connection connection) {
    this.connection = connection;
  }

  /** The same database for another thread. */
  ParquetFiles another() {
    try {
      return new ParquetFiles(connection.unwrap(DuckDBConnection.class).duplicate());
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB takes no second connection: " + e.getMessage(), e);
    }
  }

  /**
   * A feature's values as one list a row, in the SQL of {@link #query}: features of shape [1] are stored as plain numbers, matrices as
   * lists of lists.
   *
   * @param columns of the file, the feature's among them
   */
  public static String list(Map<String, String> columns, DatasetFeature feature) {
    String name = quoted(feature.key());
    int dimensions = (int) columns.get(feature.key()).chars().filter(c -> c == '[').count();
    return dimensions == 0 ? "[" + name + "]" : "flatten(".repeat(dimensions - 1) + name + ")".repeat(dimensions - 1);
  }

  /** Takes the rows of a query one after the other. */
  public interface Rows {
    void read(ResultSet rows) throws SQLException;
  }

  /** Types of the columns in DuckDB's words, by name, in the order of the file. */
  public Map<String, String> columns(Path file) {
    Map<String, String> types = new LinkedHashMap<>();
    query(file, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM %s)", rows -> {
      while (rows.next()) {
        types.put(rows.getString(1), rows.getString(2));
      }
    });
    return types;
  }

  /**
   * Runs a query over one file.
   *
   * @param sql with {@code %s} in the place of the table
   * @throws BadInputException where the file is missing or is not what the query expects
   */
  public void query(Path file, String sql, Rows reader) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(file + ": no such file");
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(String.format(sql, DuckDb.table(file)))) {
      reader.read(rows);
    } catch (SQLException | NumberFormatException | ClassCastException e) {
      // The driver throws the latter two where a column is of another type than the one that is asked for.
      throw new BadInputException(file + ": cannot be read: " + firstLine(e), e);
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unknown");
  }

  /** A whole number of a row: the driver alone would give 0 for NULL, NaN and 0.5, and wrap what is too large. */
  public static int integer(ResultSet row, int column) throws SQLException {
    try {
      long value = row.getLong(column);
      if (!row.wasNull() && value == (int) value && value == row.getDouble(column)) {
        return (int) value;
      }
    } catch (NumberFormatException e) {
      // A column of text: told below.
    }
    throw new SQLException(
        "column '" + row.getMetaData().getColumnName(column) + "': expected a whole number of 32 bits, found " + row.getString(column));
  }

  /** A column's name in the SQL of {@link #query}. */
  public static String quoted(String column) {
    return DuckDb.name(column).replace("%", "%%");
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not close: " + e.getMessage(), e);
    }
  }
}
