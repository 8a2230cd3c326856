package flowmatching.ros.check;

import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.StateSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Listens to the joint states. */
final class StateWatch {
  /** What is kept of senders that name ever other joints. */
  private static final int MOST_LISTS = 8;
  private static final int MOST_JOINTS = 1000;

  private final List<String> wanted;
  private final StreamWatch stream;
  private final Set<List<String>> nameLists = new LinkedHashSet<>();
  private final Map<String, Double> positions = new LinkedHashMap<>();
  private final Set<String> twice = new LinkedHashSet<>();
  private final Set<String> notFinite = new LinkedHashSet<>();
  private long usable;
  private long withoutPositions;

  StateWatch(RobotGraph graph, StateSource source) {
    wanted = source.names();
    stream = new StreamWatch(graph, source.topic(), JointState.TYPE, source.reliability(), this::receive);
  }

  private synchronized Time receive(JointState message) {
    List<String> names = message.name();
    if (nameLists.size() < MOST_LISTS) {
      nameLists.add(names);
    }
    if (names.size() != message.position().length) {
      withoutPositions++;
      return message.header().stamp();
    }
    Set<String> once = new HashSet<>();
    Set<String> bad = new HashSet<>();
    for (int i = 0; i < names.size() && i < MOST_JOINTS; i++) {
      String name = names.get(i);
      double position = message.position()[i];
      if (!once.add(name)) {
        bad.add(name);
        keep(twice, name);
      } else if (!Double.isFinite(position)) {
        bad.add(name);
        keep(notFinite, name);
      } else if (positions.containsKey(name) || positions.size() < MOST_JOINTS) {
        positions.put(name, position);
      }
    }
    if (once.containsAll(wanted) && wanted.stream().noneMatch(bad::contains)) {
      usable++;
    }
    return message.header().stamp();
  }

  private static void keep(Set<String> names, String name) {
    if (names.size() < MOST_JOINTS) {
      names.add(name);
    }
  }

  synchronized StateObservation observation() {
    return new StateObservation(stream.observation(), usable, nameLists, positions, twice, notFinite, withoutPositions);
  }

  void close() {
    stream.close();
  }
}
