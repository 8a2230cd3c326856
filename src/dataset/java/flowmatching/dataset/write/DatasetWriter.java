package flowmatching.dataset.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DuckDb;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a LeRobotDataset v3.0 as LeRobot 0.6.1 does, episode by episode. Whatever happens to the process, the directory holds whole
 * episodes only, and the next writer goes on behind them. Used by one thread; what would record after {@link #close} throws an
 * {@link IllegalStateException}.
 */
public final class DatasetWriter implements AutoCloseable {
  private final DatasetSpec spec;
  private final Path scratch;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final Connection database;
  private final DatasetFiles files;
  private EpisodeBuffer episode;
  private boolean closed;

  private DatasetWriter(Path root, DatasetSpec spec, FileChannel lockFile, FileLock lock) throws IOException {
    this.spec = spec;
    this.scratch = scratch(root);
    this.lockFile = lockFile;
    this.lock = lock;
    this.database = DuckDb.open();
    try {
      files = files(root);
    } catch (IOException | RuntimeException e) {
      closeDatabase();
      throw e;
    }
    episode = newEpisode();
  }

  private DatasetFiles files(Path root) throws IOException {
    Path file = root.resolve("meta/info.json");
    ObjectNode wanted = InfoFile.create(spec);
    if (!Files.exists(file)) {
      return new DatasetFiles(database, root, wanted, SetEnd.EMPTY);
    }
    ObjectNode json = JsonFile.read(file);
    checkSame(DatasetInfo.parse(file, json), DatasetInfo.parse(file, wanted));
    return new DatasetFiles(database, root, json, Resume.open(database, root));
  }

  /**
   * Begins a set, or goes on with one that holds the same.
   *
   * @param root the set's directory; made where it is not there
   * @throws BadInputException where the directory holds another set or other files, or another process records into it
   * @throws IOException where it cannot be written
   */
  public static DatasetWriter open(Path root, DatasetSpec spec) throws IOException {
    if (Files.exists(root) && !Files.exists(root.resolve("meta/info.json")) && !isEmpty(root)) {
      throw new BadInputException(root + ": expected a data set or an empty directory, found other files");
    }
    Path scratch = scratch(root);
    boolean wasThere = Files.exists(scratch); // it tells that a recorder was killed
    Files.createDirectories(scratch);
    FileChannel file = FileChannel.open(scratch.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = lock(root, file);
      return new DatasetWriter(root, spec, file, lock);
    } catch (IOException | RuntimeException e) {
      if (lock != null && !wasThere) {
        Directories.delete(scratch);
      }
      file.close();
      throw e;
    }
  }

  private static FileLock lock(Path root, FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      if (lock == null) {
        throw new BadInputException(root + ": another process is recording into it");
      }
      return lock;
    } catch (OverlappingFileLockException e) {
      throw new BadInputException(root + ": this process is recording into it already", e);
    }
  }

  private static Path scratch(Path root) {
    return root.resolve(".recording");
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.allMatch(entry -> entry.equals(scratch(directory)));
    }
  }

  private static void checkSame(DatasetInfo there, DatasetInfo wanted) {
    if (there.fps() != wanted.fps()) {
      throw new BadInputException(there.file() + ": fps: expected " + wanted.fps() + ", found " + there.fps());
    }
    List<DatasetFeature> expected = List.copyOf(wanted.features().values());
    List<DatasetFeature> found = List.copyOf(there.features().values());
    if (!Set.copyOf(found).equals(Set.copyOf(expected))) {
      throw new BadInputException(there.file() + ": features: expected " + without(expected, found) + ", found " + without(found, expected));
    }
    if (!found.equals(expected)) {
      throw new BadInputException(there.file() + ": order of the features: expected " + wanted.features().keySet() + ", found " + there.features().keySet());
    }
  }

  /** Those of one set that the other has not or has otherwise, for people. */
  private static List<String> without(List<DatasetFeature> features, List<DatasetFeature> others) {
    return features.stream().filter(feature -> !others.contains(feature))
        .map(feature -> feature.key() + ": " + feature.dtype() + " " + feature.shape() + (feature.names().isEmpty() ? "" : " " + feature.names())).toList();
  }

  private EpisodeBuffer newEpisode() {
    return new EpisodeBuffer(scratch, spec.fps(), spec.features());
  }

  /** Episodes in the set. */
  public int episodes() {
    return files.info().totalEpisodes();
  }

  /** Frames of the episode that is being recorded. */
  public int frames() {
    return episode.length();
  }

  /**
   * Adds a frame to the episode.
   *
   * @param values by feature key, finite
   * @param images by feature key, of the feature's size
   * @throws BadInputException where something is missing or does not fit; the frame is then not added
   */
  public void addFrame(Map<String, float[]> values, Map<String, RgbImage> images) {
    requireOpen();
    episode.add(values, images);
  }

  /**
   * Puts the episode into the set.
   *
   * @param task what was done, in words
   * @throws BadInputException where there are no words, and the episode can still be saved; where it has no frames, or its own files
   *     cannot be completed; the set is then as it was
   * @throws IOException where a file of the set cannot be written; the episode is then not in the set, which must be opened again
   */
  public void saveEpisode(String task) throws IOException {
    requireOpen();
    if (task == null) {
      throw new BadInputException("task: expected words, found none");
    }
    if (episode.length() == 0) {
      throw new BadInputException("expected an episode of at least one frame, found none");
    }
    try (EpisodeBuffer finished = episode) {
      episode = newEpisode();
      add(finished.finish(database, files.info(), files.task(task), task));
    }
  }

  private void add(FinishedEpisode finished) throws IOException {
    try {
      files.add(List.of(finished));
    } catch (BadInputException e) { // a video that cannot be written: no other episode can be added either
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Forgets the frames since the last episode. */
  public void discardEpisode() {
    requireOpen();
    episode.close();
    episode = newEpisode();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the recording is closed");
    }
  }

  /** Ends the recording; an episode that was not saved is forgotten. Closing twice does nothing. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return; // the encoders are gone, and the directory may be another writer's
    }
    closed = true;
    episode.close();
    closeDatabase();
    if (!files.broken()) { // else it tells that what info.json does not count is to be taken away
      Directories.delete(scratch);
    }
    lock.release();
    lockFile.close();
  }

  private void closeDatabase() throws IOException {
    try {
      database.close();
    } catch (SQLException e) {
      throw new IOException("DuckDB does not close: " + e.getMessage(), e);
    }
  }
}
