package flowmatching.dataset;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.checkpoint.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Copies a set and breaks it. */
public final class BrokenSets {
  private BrokenSets() {}

  public static void copy(Path set, Path to) {
    try (Stream<Path> files = Files.walk(set.toRealPath())) {
      Path from = set.toRealPath();
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void editInfo(Path root, Consumer<ObjectNode> edit) {
    try {
      Path file = root.resolve("meta/info.json");
      ObjectNode json = JsonFile.read(file);
      edit.accept(json);
      JsonFile.write(file, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Rewrites a parquet file as the result of a query; {@code %s} is the file's table. */
  public static void rewrite(Path file, String query) {
    rewrite(file, query, "");
  }

  /** The same with more of DuckDB's options for the file. */
  public static void rewrite(Path file, String query, String options) {
    try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
      Path part = file.resolveSibling("part.parquet");
      String table = "read_parquet('" + file + "', file_row_number = true)";
      statement.execute("COPY (" + String.format(query, table) + ") TO '" + part + "' (FORMAT parquet" + options + ")");
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
