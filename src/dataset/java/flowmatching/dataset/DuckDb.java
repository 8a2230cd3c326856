package flowmatching.dataset;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.duckdb.DuckDBDriver;

/** The library that reads and writes parquet files, as a database in memory. */
public final class DuckDb {
  private DuckDb() {}

  /** An empty database that works on its callers' threads alone, since a robot's others need their cores, and loads no extension from anywhere. */
  public static Connection open() {
    Properties settings = new Properties();
    settings.setProperty("threads", "1");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    try {
      // Not by DriverManager, which knows no driver where jars were merged, or were loaded after it.
      return new DuckDBDriver().connect("jdbc:duckdb:", settings);
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not start: " + e.getMessage(), e);
    }
  }

  /** A name in SQL. */
  public static String name(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** A parquet file as a table in SQL. A directory named {@code key=value} on its way is no column of it, as DuckDB takes it. */
  public static String table(Path file) {
    return "read_parquet(" + text(file) + ", hive_partitioning = false, file_row_number = true)";
  }

  /** Parquet files as one table in SQL, which has the columns of all. */
  public static String table(List<Path> files) {
    return files.stream().map(DuckDb::text).collect(Collectors.joining(", ", "read_parquet([", "], hive_partitioning = false, union_by_name = true)"));
  }

  /** A text in SQL. */
  public static String text(Object text) {
    return "'" + text.toString().replace("'", "''") + "'";
  }
}
