package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.dataset.Episode.VideoStart;
import flowmatching.dataset.video.VideoFiles;
import flowmatching.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A LeRobotDataset of version v3.0 or v2.1, read only. Items are those that LeRobot 0.6.1 gives: neighbours outside an episode
 * repeat its edge and are marked.
 *
 * <p>Numbers are read a table at a time when first needed and kept. Pictures are decoded when asked for, from the nearest key frame.
 * Used by one thread; another opens the set again.
 */
public final class LeRobotDataset implements AutoCloseable {
  /** LeRobot's default tolerance in seconds between a timestamp and the frame found for it. */
  public static final double TOLERANCE = 1e-4;

  private final Path root;
  private final DatasetInfo info;
  private final DatasetLayout layout;
  private final ParquetFiles parquet;
  private final StoredImages storedImages;
  private final VideoFiles videos = new VideoFiles();
  private final DeltaTimestamps deltas;
  private final Map<Path, FrameTable> tables = new HashMap<>();

  private LeRobotDataset(Path root, DatasetInfo info, DatasetLayout layout, ParquetFiles parquet, DeltaTimestamps deltas) {
    this.root = root;
    this.info = info;
    this.layout = layout;
    this.parquet = parquet;
    this.storedImages = new StoredImages(parquet);
    this.deltas = deltas;
    deltas.frames().keySet().forEach(info::feature);
  }

  /** Opens a set whose items are single frames. */
  public static LeRobotDataset open(Path root) {
    return open(root, DeltaTimestamps.none());
  }

  /**
   * Opens a set.
   *
   * @param root the directory that holds {@code meta/info.json}
   * @param deltas neighbours that belong to an item
   * @throws BadInputException where a file is missing or broken, counts differ or a version is not known
   */
  public static LeRobotDataset open(Path root, DeltaTimestamps deltas) {
    if (!Files.isDirectory(root)) {
      throw new BadInputException(root + ": expected a data set's directory with meta/info.json, found " + (Files.exists(root) ? "a file" : "nothing"));
    }
    DatasetInfo info = DatasetInfo.read(root);
    ParquetFiles parquet = new ParquetFiles();
    try {
      DatasetLayout layout = DatasetLayout.read(root, info, parquet);
      checkCounts(info, layout);
      return new LeRobotDataset(root, info, layout, parquet, deltas);
    } catch (RuntimeException e) {
      parquet.close();
      throw e;
    }
  }

  private static void checkCounts(DatasetInfo info, DatasetLayout layout) {
    int frames = layout.episodes().stream().mapToInt(Episode::length).sum();
    if (layout.episodes().size() != info.totalEpisodes()) {
      throw new BadInputException(info.file() + ": total_episodes: the set's episodes are " + layout.episodes().size() + ", found " + info.totalEpisodes());
    }
    if (frames != info.totalFrames()) {
      throw new BadInputException(info.file() + ": total_frames: the episodes' lengths add up to " + frames + ", found " + info.totalFrames());
    }
  }

  public Path root() {
    return root;
  }

  public DatasetInfo info() {
    return info;
  }

  public List<Episode> episodes() {
    return layout.episodes();
  }

  /** @throws BadInputException where there is no episode of that number */
  public Episode episode(int index) {
    if (index < 0 || index >= layout.episodes().size()) {
      throw new BadInputException(root + ": expected an episode from 0 to " + (layout.episodes().size() - 1) + ", found " + index);
    }
    return layout.episodes().get(index);
  }

  /** Tasks by task_index. */
  public List<String> tasks() {
    return layout.tasks();
  }

  /** Statistics of the whole set, empty where it has none. */
  public DatasetStatistics statistics() {
    return layout.statistics();
  }

  /** Frames, which is also the number of items. */
  public int size() {
    return info.totalFrames();
  }

  /** Item {@code index}, 0 to {@link #size} - 1, with every picture. */
  public Item item(int index) {
    return item(index, info.cameras().stream().map(DatasetFeature::key).toList());
  }

  /** Item {@code index} with the pictures of some cameras, or none: what is not asked for is not decoded. */
  public Item item(int index, List<String> cameras) {
    Episode episode = episodeOf(index);
    FrameTable table = table(episode);
    int frame = index - episode.from();
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, List<RgbImage>> images = new LinkedHashMap<>();
    Map<String, boolean[]> pads = new LinkedHashMap<>();
    for (DatasetFeature feature : info.features().values()) {
      String key = feature.key();
      int[] offsets = deltas.frames().getOrDefault(key, new int[] {0});
      if (table.values(key) != null) {
        values.put(key, window(table.values(key), feature.size(), episode, frame, offsets));
      } else if (feature.isVisual() && cameras.contains(key)) {
        List<RgbImage> pictures = new ArrayList<>();
        for (int offset : offsets) {
          pictures.add(image(episode, clamp(frame + offset, episode), feature));
        }
        images.put(key, pictures);
      }
      if (deltas.frames().containsKey(key)) {
        pads.put(key, isPad(episode, frame, offsets));
      }
    }
    int row = episode.row() + frame;
    return new Item(index, episode.index(), frame, table.timestamp(row), table.task(row), task(episode, table, row), values, images, pads);
  }

  private String task(Episode episode, FrameTable table, int row) {
    int task = table.task(row);
    if (task < 0 || task >= layout.tasks().size()) {
      throw new BadInputException(episode.data() + ": row " + row + ": task_index: expected 0 to " + (layout.tasks().size() - 1) + ", found " + task);
    }
    return layout.tasks().get(task);
  }

  /** The picture of one camera at a global index. */
  public RgbImage image(int index, String key) {
    Episode episode = episodeOf(index);
    DatasetFeature feature = info.feature(key);
    if (!feature.isVisual()) {
      throw new BadInputException(info.file() + ": feature '" + key + "': expected a picture, found " + feature.dtype());
    }
    return image(episode, index - episode.from(), feature);
  }

  private RgbImage image(Episode episode, int frame, DatasetFeature feature) {
    RgbImage image;
    if (feature.isVideo()) {
      VideoStart start = episode.videos().get(feature.key());
      double seconds = start.seconds() + table(episode).timestamp(episode.row() + frame);
      image = videos.frame(start.file(), seconds, TOLERANCE);
    } else {
      image = storedImages.read(episode, feature.key(), frame);
    }
    if (image.height() != feature.shape().get(0) || image.width() != feature.shape().get(1)) {
      throw new BadInputException(
          root + ": episode " + episode.index() + " frame " + frame + " of '" + feature.key() + "': expected " + feature.shape().get(1) + "x"
              + feature.shape().get(0) + " pixels, found " + image.width() + "x" + image.height());
    }
    return image;
  }

  private static int clamp(int frame, Episode episode) {
    return Math.max(0, Math.min(frame, episode.length() - 1));
  }

  private static float[] window(float[] all, int size, Episode episode, int frame, int[] offsets) {
    float[] values = new float[offsets.length * size];
    for (int i = 0; i < offsets.length; i++) {
      System.arraycopy(all, (episode.row() + clamp(frame + offsets[i], episode)) * size, values, i * size, size);
    }
    return values;
  }

  private static boolean[] isPad(Episode episode, int frame, int[] offsets) {
    boolean[] pad = new boolean[offsets.length];
    for (int i = 0; i < pad.length; i++) {
      pad[i] = frame + offsets[i] < 0 || frame + offsets[i] >= episode.length();
    }
    return pad;
  }

  private Episode episodeOf(int index) {
    if (index < 0 || index >= size()) {
      throw new BadInputException(root + ": expected an index from 0 to " + (size() - 1) + ", found " + index);
    }
    int low = 0;
    int high = layout.episodes().size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (layout.episodes().get(middle).from() <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return layout.episodes().get(low);
  }

  private FrameTable table(Episode episode) {
    return tables.computeIfAbsent(episode.data(), file -> {
      List<Episode> inTable = layout.episodes().stream().filter(e -> e.data().equals(file)).toList();
      return FrameTable.read(parquet, file, info, inTable, TOLERANCE);
    });
  }

  @Override
  public void close() {
    videos.close();
    parquet.close();
  }
}
