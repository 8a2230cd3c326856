package flowmatching.ros.check;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What came as joint state.
 *
 * @param stream its messages
 * @param usable messages that have every joint that the policy wants, once and with a finite position
 * @param nameLists the different lists of names that messages had, the first few
 * @param positions newest finite position by joint, in the robot's unit, of all joints that came
 * @param twice joints that a message named more than once
 * @param notFinite joints whose position was not a number, or infinite
 * @param withoutPositions messages with another number of positions than names
 */
public record StateObservation(
    StreamObservation stream, long usable, Set<List<String>> nameLists, Map<String, Double> positions, Set<String> twice,
    Set<String> notFinite, long withoutPositions) {
  public StateObservation {
    nameLists = Set.copyOf(nameLists);
    positions = Map.copyOf(positions);
    twice = Set.copyOf(twice);
    notFinite = Set.copyOf(notFinite);
  }
}
