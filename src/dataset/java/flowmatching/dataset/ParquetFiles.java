package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashSet;
import java.util.Properties;
import java.util.Set;

/** Reads parquet files through an in-memory DuckDB that has one thread and loads no extension from anywhere. */
final class ParquetFiles implements AutoCloseable {
  private final Connection connection;

  ParquetFiles() {
    Properties settings = new Properties();
    settings.setProperty("threads", "1");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    try {
      connection = DriverManager.getConnection("jdbc:duckdb:", settings);
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not start: " + e.getMessage(), e);
    }
  }

  /** Takes the rows of a query one after the other. */
  interface Rows {
    void read(ResultSet rows) throws SQLException;
  }

  /** Column names, in the order of the file. */
  Set<String> columns(Path file) {
    Set<String> names = new LinkedHashSet<>();
    query(file, "SELECT column_name FROM (DESCRIBE SELECT * FROM %s)", rows -> {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    });
    return names;
  }

  /**
   * Runs a query over one file.
   *
   * @param sql with {@code %s} in the place of the table
   * @throws BadInputException where the file is missing or is not what the query expects
   */
  void query(Path file, String sql, Rows reader) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(file + ": no such file");
    }
    String table = "read_parquet('" + file.toString().replace("'", "''") + "', file_row_number = true)";
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(String.format(sql, table))) {
      reader.read(rows);
    } catch (SQLException e) {
      throw new BadInputException(file + ": cannot be read: " + firstLine(e), e);
    }
  }

  private static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unknown");
  }

  /** A column's name in SQL. */
  static String quoted(String column) {
    return ('"' + column.replace("\"", "\"\"") + '"').replace("%", "%%");
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
