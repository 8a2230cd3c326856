package flowmatching.dataset.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.video.VideoJoin;
import flowmatching.dataset.write.FileSeries.Part;
import flowmatching.dataset.write.FileSeries.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of a v3.0 set that grows. Each file is written beside its place and renamed over the old one, {@code meta/info.json} last:
 * it counts the episodes, and what it does not count is not there. A process that is killed at any moment so leaves a set of whole
 * episodes, which LeRobot reads too (0.6.1 takes the counts from there and rows by their place in the files).
 */
final class DatasetFiles {
  private static final long MEBI = 1 << 20;

  private final ObjectNode json;
  private final DatasetInfo info;
  private final List<String> tasks;
  private final FileSeries data;
  private final Map<String, FileSeries> videos = new LinkedHashMap<>();
  private final EpisodeIndex index;
  private FeatureStatistics statistics;
  private boolean broken;

  /**
   * @param root the set's directory
   * @param json its {@code info.json}, which is kept up to date
   * @param start where a set that is there already goes on
   */
  DatasetFiles(Connection database, Path root, ObjectNode json, SetEnd start) {
    this.json = json;
    info = DatasetInfo.parse(root.resolve("meta/info.json"), json);
    tasks = new ArrayList<>(start.tasks());
    statistics = start.statistics();
    long dataLimit = json.path("data_files_size_in_mb").asLong(InfoFile.DATA_MEBIBYTES) * MEBI;
    long videoLimit = json.path("video_files_size_in_mb").asLong(InfoFile.VIDEO_MEBIBYTES) * MEBI;
    int chunksSize = info.chunksSize();
    data = new FileSeries(start.data(), slot -> info.dataFile(slot.chunk(), slot.file()), ParquetJoin::join, dataLimit, chunksSize);
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isVideo()) {
        videos.put(feature.key(), new FileSeries(
            start.videos().getOrDefault(feature.key(), FileSlot.FIRST), slot -> info.videoFile(feature.key(), slot.chunk(), slot.file()),
            VideoJoin::join, videoLimit, chunksSize));
      }
    }
    index = new EpisodeIndex(database, root.resolve("meta"), info.features(), start.episodes(), dataLimit, chunksSize);
  }

  /** The set as it is now. */
  DatasetInfo info() {
    return DatasetInfo.parse(info.file(), json);
  }

  /** Whether an episode could not be put into the set, and may have left something there. */
  boolean broken() {
    return broken;
  }

  /** The number of a task, which may be a new one. */
  int task(String task) {
    if (!tasks.contains(task)) {
      tasks.add(task);
    }
    return tasks.indexOf(task);
  }

  /**
   * Puts episodes behind the others: all of them or, where this throws, none. After that the set must be opened again.
   *
   * @throws IOException where a file cannot be written
   */
  void add(List<FinishedEpisode> finished) throws IOException {
    List<FinishedEpisode> episodes = finished;
    if (statistics != null) {
      episodes = finished.stream().map(episode -> episode.withStatistics(episode.statistics().only(statistics))).toList();
    }
    if (broken) {
      throw new IllegalStateException(info.file() + ": the last episode could not be written");
    }
    broken = true;
    if (!Files.exists(info.file())) {
      JsonFile.write(info.file(), json); // counts none: else what is written from here on would be files of nobody knows whom
    }
    Map<String, List<Place>> shown = new LinkedHashMap<>();
    for (Map.Entry<String, FileSeries> camera : videos.entrySet()) {
      shown.put(camera.getKey(), camera.getValue().append(episodes.stream().map(e -> video(e.videos().get(camera.getKey()))).toList()));
    }
    List<Place> rows = data.append(episodes.stream().map(e -> new Part(e.data(), e.length(), "")).toList());
    index.writeTasks(tasks);
    int count = json.path("total_episodes").intValue();
    int frames = json.path("total_frames").intValue();
    for (int i = 0; i < episodes.size(); i++) {
      FinishedEpisode episode = episodes.get(i);
      Map<String, Place> places = new LinkedHashMap<>();
      for (Map.Entry<String, List<Place>> camera : shown.entrySet()) {
        places.put(camera.getKey(), camera.getValue().get(i));
      }
      index.add(count, frames, episode, rows.get(i), places);
      count++;
      frames = Math.addExact(frames, episode.length());
    }
    index.write();
    writeStatistics(episodes);
    json.put("total_episodes", count).put("total_frames", frames).put("total_tasks", tasks.size());
    json.putObject("splits").put("train", "0:" + count);
    JsonFile.write(info.file(), json);
    broken = false;
  }

  private static Part video(Path file) {
    VideoJoin.Video video = VideoJoin.describe(file);
    return new Part(file, video.seconds(), video.encoding());
  }

  private void writeStatistics(List<FinishedEpisode> episodes) throws IOException {
    List<FeatureStatistics> all = new ArrayList<>();
    if (statistics != null) {
      all.add(statistics);
    }
    episodes.forEach(episode -> all.add(episode.statistics()));
    Path file = info.file().resolveSibling("stats.json");
    statistics = FeatureStatistics.aggregate(file, all);
    if (!statistics.byFeature().isEmpty()) {
      JsonFile.write(file, statistics.toJson(info.features()));
    }
  }
}
