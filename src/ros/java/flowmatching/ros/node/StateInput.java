package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.Counters;
import flowmatching.control.ObservationAssembler;
import flowmatching.control.PolicyController;
import flowmatching.ros.message.JointState;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Brings joint states to the controller, in the order that the policy wants and in the robot's units. */
final class StateInput {
  private final PolicyController controller;
  private final List<String> joints;
  private final StreamCounters counters;
  private final AtomicLong notFinite;
  private final float[] state;
  private final int[] places;
  private List<String> names;

  StateInput(StateSource source, PolicyController controller, Counters counters) {
    this.controller = controller;
    this.joints = source.names();
    this.counters = new StreamCounters(ObservationAssembler.STATE, source.topic(), counters);
    this.notFinite = counters.named("stream." + ObservationAssembler.STATE + ".not_a_number");
    this.state = new float[joints.size()];
    this.places = new int[joints.size()];
  }

  /** Called on the graph's thread. */
  void receive(JointState message) {
    try {
      find(message.name());
    } catch (BadInputException e) {
      counters.refused(e.getMessage());
      return;
    }
    if (message.position().length != names.size()) {
      counters.refused("expected " + names.size() + " positions, one a name, found " + message.position().length);
      return;
    }
    for (int i = 0; i < state.length; i++) {
      state[i] = (float) message.position()[places[i]];
      if (!Float.isFinite(state[i])) {
        notFinite.incrementAndGet();
        return;
      }
    }
    long stamp = message.header().stamp().toNanoseconds();
    counters.stamped(stamp);
    controller.offerState(state, stamp);
  }

  /** Finds the joints among a message's names; senders rarely change these, so the last result is kept. */
  private void find(List<String> found) {
    if (found.equals(names)) {
      return;
    }
    names = null;
    for (int i = 0; i < places.length; i++) {
      String joint = joints.get(i);
      places[i] = found.indexOf(joint);
      if (places[i] < 0) {
        throw new BadInputException("expected joints " + joints + ", found " + found + " without " + joint);
      }
      if (found.lastIndexOf(joint) != places[i]) {
        throw new BadInputException("joint " + joint + " is there twice: " + found);
      }
    }
    names = found;
  }
}
