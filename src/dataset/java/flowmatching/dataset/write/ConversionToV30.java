package flowmatching.dataset.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DuckDb;
import flowmatching.dataset.Episode;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.LeRobotDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/** Makes a set of version v3.0 out of one of v2.1. Numbers stay what they are, videos are joined without decoding, statistics kept. */
public final class ConversionToV30 {
  /** Episodes that are put into the set at once: each time, the files that they go into are copied. */
  private static final int BATCH = 100;

  private static final Map<String, String> TYPES = Map.ofEntries(
      Map.entry("float32", "FLOAT"), Map.entry("float64", "DOUBLE"), Map.entry("bool", "BOOLEAN"), Map.entry("string", "VARCHAR"),
      Map.entry("int8", "TINYINT"), Map.entry("int16", "SMALLINT"), Map.entry("int32", "INTEGER"), Map.entry("int64", "BIGINT"),
      Map.entry("uint8", "UTINYINT"), Map.entry("uint16", "USMALLINT"), Map.entry("uint32", "UINTEGER"), Map.entry("uint64", "UBIGINT"));

  private final LeRobotDataset source;
  private final List<FeatureStatistics> statistics;
  private final Connection database;
  private final Path scratch;

  private ConversionToV30(LeRobotDataset source, Connection database, Path scratch) {
    this.source = source;
    this.statistics = source.episodeStatistics();
    this.database = database;
    this.scratch = scratch;
  }

  /**
   * Converts a set.
   *
   * @param from a set of version v2.1, which stays as it is
   * @param to the new set's directory, which must not be there; it appears when the set is complete
   * @param progress takes the number of episodes done
   * @throws BadInputException where {@code from} is another version, broken or without episodes, or {@code to} is there
   * @throws IOException where the new set cannot be written
   */
  public static void convert(Path from, Path to, IntConsumer progress) throws IOException {
    if (Files.exists(to)) {
      throw new BadInputException(to + ": expected a directory that is not there yet, found " + (Files.isDirectory(to) ? "one" : "a file"));
    }
    Path part = to.toAbsolutePath().resolveSibling("." + to.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    Path scratch = part.resolve("scratch");
    try (LeRobotDataset source = LeRobotDataset.open(from); Connection database = DuckDb.open()) {
      if (!source.info().version().equals(DatasetInfo.V21)) {
        throw new BadInputException(source.info().file() + ": codebase_version: expected " + DatasetInfo.V21 + ", found " + source.info().version());
      }
      if (source.info().totalEpisodes() == 0) { // what is written with each episode would not be there
        throw new BadInputException(source.info().file() + ": total_episodes: expected at least 1, found 0");
      }
      Files.createDirectories(scratch);
      new ConversionToV30(source, database, scratch).run(part, progress);
      Directories.delete(scratch);
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (SQLException e) {
      throw new IOException("DuckDB does not close: " + e.getMessage(), e);
    } finally {
      Directories.delete(part);
    }
  }

  private void run(Path root, IntConsumer progress) throws IOException {
    SetEnd start = new SetEnd(source.tasks(), null, FileSlot.FIRST, FileSlot.FIRST, Map.of());
    DatasetFiles files = new DatasetFiles(database, root, info(), start);
    List<FinishedEpisode> batch = new ArrayList<>();
    for (Episode episode : source.episodes()) {
      batch.add(episode(episode));
      if (batch.size() == BATCH || episode.index() + 1 == source.episodes().size()) {
        files.add(batch);
        for (FinishedEpisode done : batch) {
          Files.delete(done.data());
        }
        batch.clear();
        progress.accept(episode.index() + 1);
      }
    }
  }

  /** The file as it was, but for what differs between the versions. */
  private ObjectNode info() {
    ObjectNode json = JsonFile.read(source.info().file());
    json.put("codebase_version", DatasetInfo.V30).put("total_episodes", 0).put("total_frames", 0);
    json.remove(List.of("total_chunks", "total_videos"));
    InfoFile.files(json, source.info().features().values().stream().anyMatch(DatasetFeature::isVideo));
    return json;
  }

  private FinishedEpisode episode(Episode episode) throws IOException {
    // Reads the table, and with that compares it with what the set says of it.
    source.item(episode.from(), List.of());
    Path data = scratch.resolve(episode.index() + ".parquet");
    String columns = source.info().features().values().stream().filter(feature -> !feature.isVideo()).map(ConversionToV30::column)
        .collect(Collectors.joining(", "));
    DataTable.write(database, "SELECT " + columns + " FROM " + DuckDb.table(episode.data()), episode.length(),
        source.info().features().values(), data);
    Map<String, Path> videos = new HashMap<>();
    episode.videos().forEach((key, start) -> videos.put(key, start.file()));
    FeatureStatistics known = statistics.isEmpty() ? new FeatureStatistics(Map.of()) : statistics.get(episode.index());
    return new FinishedEpisode(episode.length(), episode.tasks(), data, videos, known);
  }

  /** A column of the type that {@code info.json} says, whatever its file has. */
  private static String column(DatasetFeature feature) {
    String name = DuckDb.name(feature.key());
    String type = TYPES.get(feature.dtype());
    if (type == null || feature.shape().size() > 1) {
      return name;
    }
    return "CAST(" + name + " AS " + type + (feature.size() == 1 ? "" : "[" + feature.size() + "]") + ") AS " + name;
  }
}
