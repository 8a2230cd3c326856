package flowmatching.ros.node;

import flowmatching.ros.message.LifecycleState;
import flowmatching.ros.message.LifecycleTransition;
import flowmatching.ros.message.TransitionDescription;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The states and transitions that every ROS lifecycle node has, as {@code lifecycle_msgs} numbers them. */
final class LifecycleGraph {
  static final LifecycleState UNKNOWN = state(0, "unknown");
  static final LifecycleState UNCONFIGURED = state(1, "unconfigured");
  static final LifecycleState INACTIVE = state(2, "inactive");
  static final LifecycleState ACTIVE = state(3, "active");
  static final LifecycleState FINALIZED = state(4, "finalized");
  static final LifecycleState CONFIGURING = state(10, "configuring");
  static final LifecycleState CLEANING_UP = state(11, "cleaningup");
  static final LifecycleState SHUTTING_DOWN = state(12, "shuttingdown");
  static final LifecycleState ACTIVATING = state(13, "activating");
  static final LifecycleState DEACTIVATING = state(14, "deactivating");
  static final LifecycleState ERROR_PROCESSING = state(15, "errorprocessing");

  static final List<LifecycleState> STATES = List.of(UNKNOWN, UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED, CONFIGURING, CLEANING_UP,
      SHUTTING_DOWN, ACTIVATING, DEACTIVATING, ERROR_PROCESSING);

  private static final String SUCCESS = "transition_success";
  private static final String FAILURE = "transition_failure";
  private static final String ERROR = "transition_error";

  static final List<TransitionDescription> TRANSITIONS = List.of(
      transition(1, "configure", UNCONFIGURED, CONFIGURING),
      transition(10, SUCCESS, CONFIGURING, INACTIVE),
      transition(11, FAILURE, CONFIGURING, UNCONFIGURED),
      transition(12, ERROR, CONFIGURING, ERROR_PROCESSING),
      transition(3, "activate", INACTIVE, ACTIVATING),
      transition(30, SUCCESS, ACTIVATING, ACTIVE),
      transition(31, FAILURE, ACTIVATING, INACTIVE),
      transition(32, ERROR, ACTIVATING, ERROR_PROCESSING),
      transition(4, "deactivate", ACTIVE, DEACTIVATING),
      transition(40, SUCCESS, DEACTIVATING, INACTIVE),
      transition(41, FAILURE, DEACTIVATING, ACTIVE),
      transition(42, ERROR, DEACTIVATING, ERROR_PROCESSING),
      transition(2, "cleanup", INACTIVE, CLEANING_UP),
      transition(20, SUCCESS, CLEANING_UP, UNCONFIGURED),
      transition(21, FAILURE, CLEANING_UP, INACTIVE),
      transition(22, ERROR, CLEANING_UP, ERROR_PROCESSING),
      transition(5, "shutdown", UNCONFIGURED, SHUTTING_DOWN),
      transition(6, "shutdown", INACTIVE, SHUTTING_DOWN),
      transition(7, "shutdown", ACTIVE, SHUTTING_DOWN),
      transition(50, SUCCESS, SHUTTING_DOWN, FINALIZED),
      transition(51, FAILURE, SHUTTING_DOWN, FINALIZED),
      transition(52, ERROR, SHUTTING_DOWN, ERROR_PROCESSING),
      transition(60, SUCCESS, ERROR_PROCESSING, UNCONFIGURED),
      transition(61, FAILURE, ERROR_PROCESSING, FINALIZED),
      transition(62, ERROR, ERROR_PROCESSING, FINALIZED));

  private LifecycleGraph() {}

  private static LifecycleState state(int id, String label) {
    return new LifecycleState((byte) id, label);
  }

  private static TransitionDescription transition(int id, String label, LifecycleState start, LifecycleState goal) {
    return new TransitionDescription(new LifecycleTransition((byte) id, label), start, goal);
  }

  /** What may be asked for in a state: nothing in one that lies between two others, its outcome is not for others to say. */
  static List<TransitionDescription> from(LifecycleState state) {
    return TRANSITIONS.stream().filter(transition -> transition.startState().equals(state) && state.id() < CONFIGURING.id()).toList();
  }

  /**
   * The transition that a request means: the one of its label, or of its id where it has none.
   *
   * @return null where the state has no such transition
   */
  static TransitionDescription find(LifecycleState state, LifecycleTransition wanted) {
    return from(state).stream()
        .filter(known -> wanted.label().isEmpty()
            ? known.transition().id() == wanted.id() : known.transition().label().equals(wanted.label()))
        .findFirst().orElse(null);
  }

  /** The fewest transitions that lead from one state to another; none where nothing does. */
  static List<TransitionDescription> path(LifecycleState from, LifecycleState to) {
    Map<LifecycleState, TransitionDescription> reachedBy = new HashMap<>();
    Deque<LifecycleState> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty() && !reachedBy.containsKey(to)) {
      LifecycleState state = open.removeFirst();
      for (TransitionDescription transition : TRANSITIONS) {
        if (transition.startState().equals(state) && reachedBy.putIfAbsent(transition.goalState(), transition) == null) {
          open.addLast(transition.goalState());
        }
      }
    }
    List<TransitionDescription> path = new ArrayList<>();
    for (LifecycleState state = to; !state.equals(from) && reachedBy.containsKey(state); state = path.get(0).startState()) {
      path.add(0, reachedBy.get(state));
    }
    return path;
  }
}
