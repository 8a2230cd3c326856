package flowmatching.dataset.write;

import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.NewFile;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DuckDb;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.video.VideoJoin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Opens a set to be gone on with, and first takes away what an episode left that was being written when its process was killed. */
final class Resume {
  private static final Pattern TABLE = Pattern.compile("/chunk-(\\d{1,9})/file-(\\d{1,9})\\.parquet$");

  private final Connection database;
  private final Path root;
  private final DatasetInfo info;
  private final String episodes;

  private Resume(Connection database, Path root, DatasetInfo info) {
    this.database = database;
    this.root = root;
    this.info = info;
    episodes = "(SELECT * FROM " + DuckDb.table(info.episodeFiles()) + " WHERE episode_index < " + info.totalEpisodes() + ")";
  }

  /** @throws BadInputException where the set is not one of version v3.0 that can be read */
  static SetEnd open(Connection database, Path root) throws IOException {
    DatasetInfo info = DatasetInfo.read(root);
    if (!info.version().equals(DatasetInfo.V30)) {
      throw new BadInputException(info.file() + ": codebase_version: expected " + DatasetInfo.V30 + " to add episodes, found " + info.version()
          + "; 'dataset convert' makes one");
    }
    removeParts(root);
    if (info.totalEpisodes() == 0) {
      return SetEnd.EMPTY;
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      List<FeatureStatistics> statistics = dataset.episodeStatistics();
      if (statistics.isEmpty()) {
        throw new BadInputException(root.resolve("meta/episodes") + ": expected columns stats/... to add episodes, found none");
      }
      // Not the file of the whole set: that may be one episode ahead.
      return new Resume(database, root, info).end(dataset.tasks(), FeatureStatistics.aggregate(root.resolve("meta/episodes"), statistics));
    } catch (SQLException e) {
      throw new BadInputException(root.resolve("meta/episodes") + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Files that were being written beside their place. */
  private static void removeParts(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) { // the set, or its videos, may be on another disk
      for (Path part : files.filter(file -> file.getFileName().toString().matches("\\..*\\.part")).toList()) {
        Files.delete(part);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private SetEnd end(List<String> tasks, FeatureStatistics statistics) throws IOException, SQLException {
    FileSlot data = last("data/");
    FileSlot index = lastTable();
    Map<String, FileSlot> videos = new HashMap<>();
    cutRows(data);
    cutEpisodes(index);
    JsonFile.write(root.resolve("meta/stats.json"), statistics.toJson(info.features()));
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isVideo()) {
        FileSlot video = last("videos/" + feature.key() + "/");
        cutVideo(feature.key(), video);
        videos.put(feature.key(), video.next(info.chunksSize()));
      }
    }
    return new SetEnd(tasks, statistics, data.next(info.chunksSize()), index.next(info.chunksSize()), videos);
  }

  private <T> T one(String sql, Reader<T> reader) throws SQLException {
    try (Statement statement = database.createStatement(); ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return reader.read(row);
    }
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** The last file that holds episodes: as a rule the one with the last episode. */
  private FileSlot last(String prefix) throws SQLException {
    String chunk = DuckDb.name(prefix + "chunk_index");
    String file = DuckDb.name(prefix + "file_index");
    return one(
        "SELECT " + chunk + ", " + file + " FROM " + episodes + " ORDER BY " + chunk + " DESC, " + file + " DESC LIMIT 1",
        row -> new FileSlot(row.getInt(1), row.getInt(2)));
  }

  /** The table that holds the last episode. Its columns need not say: LeRobot's merge_datasets joins tables and numbers those that were. */
  private FileSlot lastTable() throws SQLException {
    FileSlot last = FileSlot.FIRST;
    for (Path file : info.episodeFiles()) {
      Matcher place = TABLE.matcher(file.toString());
      String counted = "SELECT count(*) FROM " + DuckDb.table(file) + " WHERE episode_index < " + info.totalEpisodes();
      if (place.find() && one(counted, row -> row.getLong(1)) > 0) {
        last = new FileSlot(Integer.parseInt(place.group(1)), Integer.parseInt(place.group(2)));
      }
    }
    return last;
  }

  private String of(String prefix, FileSlot slot) {
    return episodes + " WHERE " + DuckDb.name(prefix + "chunk_index") + " = " + slot.chunk() + " AND " + DuckDb.name(prefix + "file_index") + " = " + slot.file();
  }

  private void cutRows(FileSlot slot) throws IOException, SQLException {
    Path file = info.dataFile(slot.chunk(), slot.file());
    long expected = one("SELECT sum(length) FROM " + of("data/", slot), row -> row.getLong(1));
    long found = one("SELECT count(*) FROM " + DuckDb.table(file), row -> row.getLong(1));
    if (found > expected) {
      NewFile.write(file, part -> ParquetJoin.cut(file, expected, part));
    }
  }

  private void cutEpisodes(FileSlot slot) throws IOException, SQLException {
    Path file = EpisodeIndex.file(root.resolve("meta"), slot);
    String table = DuckDb.table(file);
    if (one("SELECT max(episode_index) FROM " + table, row -> row.getLong(1)) >= info.totalEpisodes()) {
      NewFile.write(file, part -> {
        try (Statement statement = database.createStatement()) {
          statement.execute("COPY (SELECT * EXCLUDE (file_row_number) FROM " + table + " WHERE episode_index < " + info.totalEpisodes() + ") TO " + DuckDb.text(part)
              + " (FORMAT parquet, COMPRESSION snappy)");
        } catch (SQLException e) {
          throw new IOException(e);
        }
      });
    }
  }

  private void cutVideo(String key, FileSlot slot) throws IOException, SQLException {
    Path file = info.videoFile(key, slot.chunk(), slot.file());
    String prefix = "videos/" + key + "/";
    double expected = one("SELECT max(" + DuckDb.name(prefix + "to_timestamp") + ") FROM " + of(prefix, slot), row -> row.getDouble(1));
    if (VideoJoin.describe(file).seconds() > expected + 0.5 / info.fps()) {
      NewFile.write(file, part -> VideoJoin.cut(file, expected, part));
    }
  }
}
