package flowmatching.dataset;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One episode and where its frames are.
 *
 * @param index its number
 * @param tasks what was done, in words
 * @param length frames
 * @param from global index of its first frame
 * @param data the table that holds its rows
 * @param row the row of its first frame in that table
 * @param videos by feature key, where its pictures begin
 */
public record Episode(int index, List<String> tasks, int length, int from, Path data, int row, Map<String, VideoStart> videos) {
  public Episode {
    tasks = List.copyOf(tasks);
    videos = Map.copyOf(videos);
  }

  /**
   * @param file the video
   * @param seconds time of the episode's first frame in it
   */
  public record VideoStart(Path file, double seconds) {}

  /** Global index after its last frame. */
  public int to() {
    return from + length;
  }
}
