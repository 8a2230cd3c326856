package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A LeRobotDataset of version v3.0 or v2.1, read only. Items are those that LeRobot 0.6.1 gives: neighbours outside an episode
 * repeat its edge and are marked. An index is global: it counts the frames of all episodes, whichever of them are read.
 *
 * <p>Numbers are read a table at a time when first needed and kept. Pictures are decoded when asked for, from the nearest key frame.
 * Used by one thread; another takes {@link #forAnotherThread}. What reads files after {@link #close} throws an
 * {@link IllegalStateException}.
 */
public final class LeRobotDataset implements AutoCloseable {
  private static final int[] THE_FRAME_ITSELF = {0};

  private final Path root;
  private final DatasetInfo info;
  private final DatasetLayout layout;
  private final ReadOptions options;
  private final List<Episode> episodes;
  private final int size;
  private final ParquetFiles parquet;
  private final Pictures pictures;
  private final Map<Path, List<Episode>> episodesOfTable;
  private final Map<Path, FrameTable> tables;
  private boolean closed;

  private LeRobotDataset(
      Path root, DatasetInfo info, DatasetLayout layout, ParquetFiles parquet, ReadOptions options, Map<Path, FrameTable> tables) {
    this.root = root;
    this.info = info;
    this.layout = layout;
    this.options = options;
    this.parquet = parquet;
    this.tables = tables;
    this.pictures = new Pictures(parquet, options.tolerance());
    List<Episode> all = layout.episodes();
    this.episodes = options.episodes().isEmpty() ? all : options.episodes().stream().map(this::recorded).toList();
    this.size = episodes.stream().mapToInt(Episode::length).sum();
    this.episodesOfTable = all.stream().collect(Collectors.groupingBy(Episode::data));
  }

  /** Opens a set whose items are single frames. */
  public static LeRobotDataset open(Path root) {
    return open(root, ReadOptions.defaults());
  }

  /** Opens a set whose items are frames with neighbours. */
  public static LeRobotDataset open(Path root, DeltaTimestamps deltas) {
    return open(root, ReadOptions.defaults().withDeltas(deltas));
  }

  /**
   * Opens a set.
   *
   * @param root the directory that holds {@code meta/info.json}
   * @throws BadInputException where a file is missing or broken, counts differ, a version is not known, or the options do not fit
   */
  public static LeRobotDataset open(Path root, ReadOptions options) {
    if (!Files.isDirectory(root)) {
      throw new BadInputException(
          root + ": expected a data set's directory with meta/info.json, found " + (Files.exists(root) ? "a file" : "nothing"));
    }
    DatasetInfo info = DatasetInfo.read(root);
    options.deltas().check(info);
    if (options.tolerance() >= 0.5 / info.fps()) {
      throw new BadInputException(
          "tolerance: expected less than half a frame's time of " + 1 / info.fps() + " s, found " + options.tolerance());
    }
    ParquetFiles parquet = new ParquetFiles();
    try {
      DatasetLayout layout = DatasetLayout.read(root, info, parquet);
      return new LeRobotDataset(root, info, layout, parquet, options, new ConcurrentHashMap<>());
    } catch (RuntimeException e) {
      parquet.close();
      throw e;
    }
  }

  /** The same set for another thread: they share the numbers that were read, each has decoders of its own and is closed on its own. */
  public LeRobotDataset forAnotherThread() {
    requireOpen();
    return new LeRobotDataset(root, info, layout, parquet.another(), options, tables);
  }

  public Path root() {
    return root;
  }

  public DatasetInfo info() {
    return info;
  }

  /** The episodes that are read, in order. */
  public List<Episode> episodes() {
    return episodes;
  }

  /** @throws BadInputException where there is no episode of that number, or it is not among those that are read */
  public Episode episode(int index) {
    Episode episode = recorded(index);
    if (!isRead(episode)) {
      throw new BadInputException(root + ": expected one of the episodes " + options.episodes() + ", found " + index);
    }
    return episode;
  }

  private Episode recorded(int index) {
    if (index < 0 || index >= layout.episodes().size()) {
      throw new BadInputException(root + ": expected an episode from 0 to " + (layout.episodes().size() - 1) + ", found " + index);
    }
    return layout.episodes().get(index);
  }

  private boolean isRead(Episode episode) {
    return options.episodes().isEmpty() || options.episodes().contains(episode.index());
  }

  /** Tasks by task_index. */
  public List<String> tasks() {
    return layout.tasks();
  }

  /** Statistics of the whole set, empty where it has none. */
  public DatasetStatistics statistics() {
    return layout.statistics();
  }

  /**
   * Statistics of each of the set's episodes, empty where it has none.
   *
   * @throws BadInputException where they cannot be read
   */
  public List<FeatureStatistics> episodeStatistics() {
    requireOpen();
    return Layout.of(root, info, parquet).episodeStatistics();
  }

  /** Frames of the episodes that are read, which is also the number of items. */
  public int size() {
    return size;
  }

  /**
   * The item at a global index, with every picture.
   *
   * @param index {@link Episode#from} of an episode that is read, or up to its length - 1 more
   */
  public Item item(int index) {
    return item(index, info.cameras().stream().map(DatasetFeature::key).toList());
  }

  /** The item at a global index with the pictures of some cameras, or none: what is not asked for is not decoded. */
  public Item item(int index, List<String> cameras) {
    requireOpen();
    cameras.forEach(this::camera);
    Episode episode = episodeOf(index);
    FrameTable table = table(episode);
    int frame = index - episode.from();
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, long[]> integers = new LinkedHashMap<>();
    Map<String, List<RgbImage>> images = new LinkedHashMap<>();
    Map<String, boolean[]> pads = new LinkedHashMap<>();
    for (DatasetFeature feature : info.features().values()) {
      String key = feature.key();
      Window window = new Window(episode, frame, options.deltas().frames().getOrDefault(key, THE_FRAME_ITSELF));
      int count = window.steps() * feature.size();
      if (table.values(key) != null) {
        values.put(key, window.copy(table.values(key), feature.size(), new float[count]));
      }
      if (table.integers(key) != null) {
        integers.put(key, window.copy(table.integers(key), feature.size(), new long[count]));
      }
      if (cameras.contains(key)) {
        images.put(key, images(table, window, feature));
      }
      if (options.deltas().frames().containsKey(key)) {
        pads.put(key, window.isPad());
      }
    }
    int row = episode.row() + frame;
    return new Item(
        index, episode.index(), frame, table.timestamp(row), table.task(row), task(episode, table, row), values, integers, images, pads);
  }

  private List<RgbImage> images(FrameTable table, Window window, DatasetFeature feature) {
    List<RgbImage> images = new ArrayList<>();
    for (int step = 0; step < window.steps(); step++) {
      images.add(pictures.read(table, window.episode(), window.frameAt(step), feature));
    }
    return images;
  }

  private String task(Episode episode, FrameTable table, int row) {
    int task = table.task(row);
    if (task < 0 || task >= layout.tasks().size()) {
      throw new BadInputException(
          episode.data() + ": row " + row + ": task_index: expected 0 to " + (layout.tasks().size() - 1) + ", found " + task);
    }
    return layout.tasks().get(task);
  }

  /** The picture of one camera at a global index. */
  public RgbImage image(int index, String key) {
    requireOpen();
    DatasetFeature camera = camera(key);
    Episode episode = episodeOf(index);
    return pictures.read(table(episode), episode, index - episode.from(), camera);
  }

  private DatasetFeature camera(String key) {
    DatasetFeature feature = info.feature(key);
    if (!feature.isVisual()) {
      throw new BadInputException(info.file() + ": feature '" + key + "': expected a picture, found " + feature.dtype());
    }
    return feature;
  }

  private Episode episodeOf(int index) {
    int low = 0;
    int high = episodes.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (episodes.get(middle).from() <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (episodes.isEmpty() || index < episodes.get(low).from() || index >= episodes.get(low).to()) {
      throw new BadInputException(
          root + ": expected an index from 0 to " + (info.totalFrames() - 1) + " in an episode that is read, found " + index);
    }
    return episodes.get(low);
  }

  private FrameTable table(Episode episode) {
    return tables.computeIfAbsent(
        episode.data(), file -> FrameTable.read(parquet, file, info, episodesOfTable.get(file), options.tolerance()));
  }

  /** A decoder that is opened now would never be closed. */
  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(root + ": the data set is closed");
    }
  }

  /** Frees decoders and files; those of {@link #forAnotherThread} stay open. Closing twice does nothing. */
  @Override
  public void close() {
    closed = true;
    pictures.close();
    parquet.close();
  }
}
