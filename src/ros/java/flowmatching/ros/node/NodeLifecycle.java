package flowmatching.ros.node;

import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.control.PolicyController;
import flowmatching.control.Transition;
import flowmatching.ros.message.LifecycleState;
import java.util.concurrent.ThreadFactory;

/**
 * The controller as a ROS lifecycle node. Holding counts as active: the policy goes on by itself. Being brought to rest is
 * deactivating; an emergency stop or an error is processed until somebody resets it.
 */
final class NodeLifecycle {
  private final PolicyController controller;
  private final PolicyInUse policies;
  private final ThreadFactory threads;
  private volatile LifecycleState ending;

  NodeLifecycle(PolicyController controller, PolicyInUse policies, ThreadFactory threads) {
    this.controller = controller;
    this.policies = policies;
    this.threads = threads;
  }

  /** Where the node is now. */
  LifecycleState state() {
    LifecycleState end = ending;
    return end == null ? of(controller.status(), policies.configuring()) : end;
  }

  /** The lifecycle's name for a status. */
  static LifecycleState of(ControllerStatus status, boolean configuring) {
    if (status.latched() || status.state() == ControllerState.ERROR) {
      return LifecycleGraph.ERROR_PROCESSING;
    }
    return switch (status.state()) {
      case UNCONFIGURED -> configuring ? LifecycleGraph.CONFIGURING : LifecycleGraph.UNCONFIGURED;
      case INACTIVE -> LifecycleGraph.INACTIVE;
      case STOPPING -> LifecycleGraph.DEACTIVATING;
      default -> LifecycleGraph.ACTIVE;
    };
  }

  /**
   * Begins a transition that the state has; all but activation end some time after this has returned.
   *
   * @param label of the transition, for example {@code activate}
   */
  Transition begin(String label, String reason) {
    return switch (label) {
      case "configure" -> policies.configure();
      case "activate" -> controller.activate(reason);
      case "deactivate" -> controller.deactivate(reason);
      case "cleanup" -> policies.cleanUp(reason);
      case "shutdown" -> shutDown();
      default -> new Transition(false, "there is no transition " + label);
    };
  }

  private Transition shutDown() {
    // Not on the thread of the request: the robot comes to rest with the help of others.
    ending = LifecycleGraph.SHUTTING_DOWN;
    threads.newThread(this::end).start();
    return new Transition(true, "shutting down");
  }

  /** Brings the robot to rest and closes the policy; waits for both. */
  void end() {
    ending = LifecycleGraph.SHUTTING_DOWN;
    policies.close();
    controller.close();
    ending = LifecycleGraph.FINALIZED;
  }

  /** Whether the node is, or is about to be, finalized. */
  boolean ended() {
    return ending != null;
  }
}
