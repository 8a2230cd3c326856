package flowmatching.ros.node;

import flowmatching.control.Transition;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.ChangeState;
import flowmatching.ros.message.GetAvailableStates;
import flowmatching.ros.message.GetAvailableTransitions;
import flowmatching.ros.message.GetState;
import flowmatching.ros.message.LifecycleState;
import flowmatching.ros.message.TransitionDescription;
import flowmatching.ros.message.TransitionEvent;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;

/** The node's lifecycle in the graph: what {@code ros2 lifecycle}, launch files and lifecycle managers call and listen to. */
final class LifecycleServices implements AutoCloseable {
  private final RobotGraph graph;
  private final NodeLifecycle lifecycle;
  private final NodeLog log;
  private final Runnable afterwards;
  private final Publisher<TransitionEvent> events;
  private final List<Endpoint> opened = new ArrayList<>();
  private LifecycleState announced = LifecycleGraph.UNCONFIGURED;

  /** @param afterwards runs after each request, when the state may be another */
  LifecycleServices(RobotGraph graph, NodeLifecycle lifecycle, NodeLog log, Runnable afterwards) {
    this.graph = graph;
    this.lifecycle = lifecycle;
    this.log = log;
    this.afterwards = afterwards;
    events = graph.advertise("~/transition_event", TransitionEvent.TYPE, QualityOfService.DEFAULT);
    opened.add(events);
  }

  /** Begins to answer. */
  void open() {
    opened.add(graph.serve("~/change_state", ChangeState.TYPE, request -> new ChangeState.Response(change(request))));
    opened.add(graph.serve("~/get_state", GetState.TYPE, request -> new GetState.Response(lifecycle.state())));
    opened.add(graph.serve("~/get_available_states", GetAvailableStates.TYPE,
        request -> new GetAvailableStates.Response(LifecycleGraph.STATES)));
    opened.add(graph.serve("~/get_available_transitions", GetAvailableTransitions.TYPE,
        request -> new GetAvailableTransitions.Response(LifecycleGraph.from(lifecycle.state()))));
    opened.add(graph.serve("~/get_transition_graph", GetAvailableTransitions.TYPE,
        request -> new GetAvailableTransitions.Response(LifecycleGraph.TRANSITIONS)));
  }

  private boolean change(ChangeState.Request request) {
    LifecycleState state = lifecycle.state();
    TransitionDescription wanted = LifecycleGraph.find(state, request.transition());
    if (wanted == null) {
      String name = request.transition().label().isEmpty()
          ? String.valueOf(Byte.toUnsignedInt(request.transition().id())) : request.transition().label();
      log.onRequest(Level.WARN, "~/change_state was refused: " + state.label() + " has no transition " + shortened(name));
      return false;
    }
    String label = wanted.transition().label();
    Transition transition = lifecycle.begin(label, "~/change_state to " + label + " was called");
    if (!transition.accepted()) {
      log.onRequest(Level.WARN, "~/change_state was refused: " + transition.message());
    }
    afterwards.run();
    return transition.accepted();
  }

  private static String shortened(String name) {
    return name.length() <= 40 ? name : name.substring(0, 40) + "...";
  }

  /** Announces how the node came to the state that it is in, where it is another than the last time. */
  synchronized void announce() {
    LifecycleState now = lifecycle.state();
    for (TransitionDescription step : LifecycleGraph.path(announced, now)) {
      events.publish(new TransitionEvent(graph.clock().now(), step.transition(), step.startState(), step.goalState()));
    }
    announced = now;
  }

  /** Leaves the graph. */
  @Override
  public void close() {
    opened.forEach(Endpoint::close);
  }
}
