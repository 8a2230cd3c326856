package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.Counters;
import flowmatching.control.ObservationAssembler;
import flowmatching.control.PolicyController;
import flowmatching.ros.message.JointState;
import java.util.concurrent.atomic.AtomicLong;

/** Brings joint states to the controller, in the order that the policy wants and in the robot's units. */
final class StateInput {
  private final PolicyController controller;
  private final StreamCounters counters;
  private final AtomicLong notFinite;
  private final float[] state;
  private final JointPositions positions;

  StateInput(StateSource source, PolicyController controller, Counters counters) {
    this.controller = controller;
    this.counters = new StreamCounters(ObservationAssembler.STATE, source.topic(), controller.config().useSimTime(), counters);
    this.notFinite = counters.named("stream." + ObservationAssembler.STATE + ".not_a_number");
    this.positions = new JointPositions(source.names());
    this.state = new float[source.names().size()];
  }

  /** Called on the graph's thread. */
  void receive(JointState message) {
    try {
      positions.read(message, state);
    } catch (BadInputException e) {
      counters.refused(e.getMessage());
      return;
    }
    for (float position : state) {
      if (!Float.isFinite(position)) {
        notFinite.incrementAndGet();
        return;
      }
    }
    long stamp = message.header().stamp().toNanoseconds();
    counters.stamped(stamp);
    controller.offerState(state, stamp);
  }
}
