package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a version's files say of a set beside {@code info.json}.
 *
 * @param episodes in order, without gaps
 * @param tasks by task_index
 * @param statistics of the whole set; empty where the set has none
 */
public record DatasetLayout(List<Episode> episodes, List<String> tasks, DatasetStatistics statistics) {
  private static final Pattern FIELD = Pattern.compile("\\{(\\w+)(?::0?(\\d{1,2})d)?}");

  /** @throws BadInputException where a file is missing or wrong, or {@code info.json} counts other episodes, frames or tasks than there are */
  static DatasetLayout read(Path root, DatasetInfo info, ParquetFiles parquet) {
    Layout files = Layout.of(root, info, parquet);
    DatasetLayout layout = new DatasetLayout(files.episodes(Layout.STRICT), files.tasks(), files.statistics().toDataset());
    checkCounts(info, layout.episodes, layout.tasks, Layout.STRICT);
    return layout;
  }

  /** Compares what {@code info.json} counts with what there is. */
  public static void checkCounts(DatasetInfo info, List<Episode> episodes, List<String> tasks, Consumer<BadInputException> problems) {
    check(info, "total_episodes", "the set's episodes are", episodes.size(), info.totalEpisodes(), problems);
    long frames = episodes.stream().mapToLong(Episode::length).sum();
    check(info, "total_frames", "the episodes' lengths add up to", frames, info.totalFrames(), problems);
    if (info.totalTasks() >= 0) {
      check(info, "total_tasks", "the set's tasks are", tasks.size(), info.totalTasks(), problems);
    }
  }

  private static void check(DatasetInfo info, String key, String what, long counted, long claimed, Consumer<BadInputException> problems) {
    if (counted != claimed) {
      problems.accept(new BadInputException(info.file() + ": " + key + ": " + what + " " + counted + ", found " + claimed));
    }
  }

  /** Fills a pattern such as {@code data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet}. */
  static Path path(Path root, DatasetInfo info, String pattern, Map<String, Object> values) {
    Matcher matcher = FIELD.matcher(pattern);
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      Object value = values.get(matcher.group(1));
      if (value == null) {
        throw new BadInputException(
            info.file() + ": path '" + pattern + "': unknown field {" + matcher.group(1) + "}; known are " + values.keySet());
      }
      int width = matcher.group(2) == null ? 0 : Math.min(Integer.parseInt(matcher.group(2)), 20);
      String filled = value instanceof Integer && width > 0 ? String.format(Locale.ROOT, "%0" + width + "d", value) : value.toString();
      matcher.appendReplacement(text, Matcher.quoteReplacement(filled));
    }
    matcher.appendTail(text);
    Path path = root.resolve(text.toString());
    if (!path.toAbsolutePath().normalize().startsWith(root.toAbsolutePath().normalize())) {
      throw new BadInputException(info.file() + ": path '" + pattern + "': expected one below the data set, found " + path);
    }
    return path;
  }
}
