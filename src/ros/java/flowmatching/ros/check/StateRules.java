package flowmatching.ros.check;

import flowmatching.SimilarNames;
import flowmatching.ros.message.JointState;
import flowmatching.ros.node.StateSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is wrong with the joint states. */
final class StateRules {
  /** What is compared with names that are missed, so that a sender of very many or long ones costs no time. */
  private static final int MOST_NAMES = 1000;
  private static final int LONGEST_NAME = 200;

  private final TopicRules topics;
  private final Findings findings;

  StateRules(TopicRules topics, Findings findings) {
    this.topics = topics;
    this.findings = findings;
  }

  /**
   * Looks at the joint states.
   *
   * @param maxAge seconds after which the node holds the robot
   */
  void check(StateSource source, StateObservation seen, double maxAge) {
    StreamObservation stream = seen.stream();
    if (!topics.arrives(stream, source.reliability(), type -> "set topic to one of type " + JointState.TYPE.name(), maxAge)) {
      return;
    }
    Set<String> there = new LinkedHashSet<>();
    seen.nameLists().forEach(there::addAll);
    List<String> missing = source.names().stream().filter(name -> !there.contains(name)).toList();
    if (!missing.isEmpty()) {
      missing(stream.topic(), missing, there, source.names());
    } else if (seen.usable() == 0 && seen.nameLists().stream().noneMatch(names -> names.containsAll(source.names()))) {
      findings.attention(stream.topic(), "the joints come in separate messages " + seen.nameLists() + ", and the node needs all of them in one: "
          + "let joint_state_broadcaster or joint_state_publisher (source_list) bring them together");
    }
    wanted(seen.twice(), source).forEach(name -> findings.attention(stream.topic(), "joint " + name + " is named twice in a message: such messages are refused"));
    wanted(seen.notFinite(), source).forEach(name -> findings.attention(stream.topic(), "joint " + name + " has a position that is no number: such messages are refused"));
    if (seen.withoutPositions() > 0) {
      findings.attention(stream.topic(), seen.withoutPositions() + " of " + stream.messages() + " messages have another number of positions than of names: they are refused");
    }
  }

  private void missing(String topic, List<String> missing, Set<String> there, List<String> wanted) {
    List<String> free = there.stream().filter(name -> !wanted.contains(name) && name.length() <= LONGEST_NAME).limit(MOST_NAMES).toList();
    String renames = missing.stream()
        .flatMap(name -> SimilarNames.nearest(name, free).map(other -> name + " to " + other).stream())
        .collect(Collectors.joining(", "));
    findings.attention(topic, "joints " + missing + " do not arrive; there are " + there
        + (renames.isEmpty() ? ": name them in the robot file as the robot does" : ": rename in the robot file, perhaps " + renames));
  }

  private static List<String> wanted(Set<String> names, StateSource source) {
    return source.names().stream().filter(names::contains).toList();
  }
}
