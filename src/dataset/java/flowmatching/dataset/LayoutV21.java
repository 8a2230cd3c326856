package flowmatching.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import flowmatching.dataset.Episode.VideoStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** LeRobotDataset v2.1: a table and a video a camera for every episode, listed in JSON lines. */
final class LayoutV21 implements Layout {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;
  private final DatasetInfo info;

  LayoutV21(Path root, DatasetInfo info) {
    this.root = root;
    this.info = info;
  }

  @Override
  public List<Episode> episodes(Consumer<BadInputException> problems) {
    List<Episode> episodes = new ArrayList<>();
    int from = 0;
    Path file = root.resolve("meta/episodes.jsonl");
    for (JsonNode line : lines(file, "episode_index")) {
      int index = line.path("episode_index").asInt(-1);
      int length = line.path("length").asInt(0);
      if (index != episodes.size() || length < 1 || length > Integer.MAX_VALUE - from) {
        problems.accept(new BadInputException(
            file + ": expected episode_index " + episodes.size() + " and a length, found " + line));
        length = Math.max(1, Math.min(length, Integer.MAX_VALUE - from));
      }
      List<String> tasks = new ArrayList<>();
      line.path("tasks").forEach(task -> tasks.add(task.asText()));
      episodes.add(episode(episodes.size(), tasks, length, from));
      from += length;
    }
    return episodes;
  }

  private Episode episode(int index, List<String> tasks, int length, int from) {
    Map<String, Object> fields = new HashMap<>(Map.of("episode_chunk", index / info.chunksSize(), "episode_index", index));
    Path data = DatasetLayout.path(root, info, info.dataPath(), fields);
    Map<String, VideoStart> videos = new HashMap<>();
    for (DatasetFeature feature : info.features().values()) {
      if (feature.isVideo()) {
        fields.put("video_key", feature.key());
        videos.put(feature.key(), new VideoStart(DatasetLayout.path(root, info, info.videoPath(), fields), 0));
      }
    }
    return new Episode(index, tasks, length, from, data, 0, videos);
  }

  @Override
  public List<String> tasks() {
    List<String> tasks = new ArrayList<>();
    Path file = root.resolve("meta/tasks.jsonl");
    for (JsonNode line : lines(file, "task_index")) {
      if (line.path("task_index").asInt(-1) != tasks.size()) {
        throw new BadInputException(file + ": expected task_index " + tasks.size() + ", found " + line);
      }
      tasks.add(line.path("task").asText());
    }
    return tasks;
  }

  @Override
  public List<FeatureStatistics> episodeStatistics() {
    Path file = root.resolve("meta/episodes_stats.jsonl");
    List<FeatureStatistics> parts = new ArrayList<>();
    for (JsonNode line : Files.exists(file) ? lines(file, "episode_index") : List.<JsonNode>of()) {
      parts.add(FeatureStatistics.parse(file + ": episode " + parts.size(), line.path("stats"), info));
    }
    return parts;
  }

  @Override
  public FeatureStatistics statistics() {
    List<FeatureStatistics> parts = episodeStatistics();
    Path file = root.resolve("meta/episodes_stats.jsonl");
    if (Files.exists(file) && parts.size() != info.totalEpisodes()) {
      throw new BadInputException(file + ": expected a line for each of " + info.totalEpisodes() + " episodes, found " + parts.size());
    }
    return FeatureStatistics.aggregate(file, parts);
  }

  /** The lines by their index: recorders append them as episodes end, and LeRobot sorts them too. */
  private static List<JsonNode> lines(Path file, String index) {
    List<JsonNode> nodes = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank()) {
          nodes.add(JSON.readTree(line));
        }
      }
    } catch (JsonProcessingException e) {
      throw new BadInputException(file + ": line " + (nodes.size() + 1) + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw new BadInputException(file + ": no such file");
    } catch (IOException e) {
      throw new BadInputException(file + ": cannot be read: " + e.getMessage(), e);
    }
    nodes.sort(Comparator.comparingInt(node -> node.path(index).asInt(-1)));
    return nodes;
  }
}
