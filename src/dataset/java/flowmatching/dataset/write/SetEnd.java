package flowmatching.dataset.write;

import flowmatching.dataset.FeatureStatistics;
import java.util.List;
import java.util.Map;

/**
 * Where a set goes on: what it has so far, and the next file of each kind. As in LeRobot, a set that is opened again goes on in new files.
 *
 * @param tasks by task_index
 * @param statistics of all episodes; null where there are none
 * @param data the next table
 * @param episodes the next table of episodes
 * @param videos the next video by feature key
 */
record SetEnd(List<String> tasks, FeatureStatistics statistics, FileSlot data, FileSlot episodes, Map<String, FileSlot> videos) {
  static final SetEnd EMPTY = new SetEnd(List.of(), null, FileSlot.FIRST, FileSlot.FIRST, Map.of());
}
