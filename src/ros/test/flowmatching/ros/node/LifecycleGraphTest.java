package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.message.LifecycleState;
import flowmatching.ros.message.LifecycleTransition;
import flowmatching.ros.message.TransitionDescription;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LifecycleGraphTest {
  private static LifecycleState state(String label) {
    return LifecycleGraph.STATES.stream().filter(state -> state.label().equals(label)).findFirst().orElseThrow();
  }

  private static List<Integer> ids(List<TransitionDescription> transitions) {
    return transitions.stream().map(transition -> (int) transition.transition().id()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "unconfigured, inactive, 1 10", "unconfigured, configuring, 1", "configuring, unconfigured, 11", "inactive, active, 3 30",
    "active, deactivating, 4", "active, inactive, 4 40", "deactivating, inactive, 40", "inactive, unconfigured, 2 20",
    "active, errorprocessing, 4 42", "inactive, errorprocessing, 3 32", "errorprocessing, inactive, 60 1 10",
    "errorprocessing, unconfigured, 60", "inactive, finalized, 6 50", "unconfigured, finalized, 5 50", "active, shuttingdown, 7",
    "shuttingdown, finalized, 50", "errorprocessing, finalized, 61", "active, active, ''", "finalized, active, ''"
  })
  void aStateIsReachedByTheFewestTransitions(String from, String to, String ids) {
    List<Integer> expected = ids.isEmpty() ? List.of() : List.of(ids.split(" ")).stream().map(Integer::valueOf).toList();
    List<TransitionDescription> path = LifecycleGraph.path(state(from), state(to));
    assertEquals(expected, ids(path));
    for (int i = 1; i < path.size(); i++) {
      assertEquals(path.get(i - 1).goalState(), path.get(i).startState());
    }
  }

  @Test
  void onlyRestingStatesHaveTransitionsToAskFor() {
    assertEquals(List.of(1, 5), ids(LifecycleGraph.from(LifecycleGraph.UNCONFIGURED)));
    assertEquals(List.of(3, 2, 6), ids(LifecycleGraph.from(LifecycleGraph.INACTIVE)));
    assertEquals(List.of(4, 7), ids(LifecycleGraph.from(LifecycleGraph.ACTIVE)));
    for (String label : List.of("unknown", "finalized", "configuring", "deactivating", "errorprocessing", "shuttingdown")) {
      assertEquals(List.of(), LifecycleGraph.from(state(label)), label);
    }
  }

  @Test
  void aLabelCountsMoreThanAnId() {
    assertEquals(7, find(LifecycleGraph.ACTIVE, 0, "shutdown").transition().id());
    assertEquals(7, find(LifecycleGraph.ACTIVE, 4, "shutdown").transition().id());
    assertEquals(4, find(LifecycleGraph.ACTIVE, 4, "").transition().id());
    assertNull(find(LifecycleGraph.ACTIVE, 5, ""));
    assertNull(find(LifecycleGraph.ACTIVE, 3, "activate"));
    assertNull(find(LifecycleGraph.DEACTIVATING, 40, ""));
  }

  private static TransitionDescription find(LifecycleState state, int id, String label) {
    return LifecycleGraph.find(state, new LifecycleTransition((byte) id, label));
  }

  @Test
  void everyNumberStandsForOneTransitionAndEveryStateIsPartOfOne() {
    assertEquals(LifecycleGraph.TRANSITIONS.size(), ids(LifecycleGraph.TRANSITIONS).stream().distinct().count());
    LifecycleGraph.STATES.stream().filter(state -> state.id() != 0).forEach(state -> assertTrue(
        LifecycleGraph.TRANSITIONS.stream().anyMatch(t -> t.startState().equals(state) || t.goalState().equals(state)), state.label()));
  }
}
