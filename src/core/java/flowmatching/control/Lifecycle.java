package flowmatching.control;

import static flowmatching.control.ControllerState.ACTIVE;
import static flowmatching.control.ControllerState.ERROR;
import static flowmatching.control.ControllerState.HOLDING;
import static flowmatching.control.ControllerState.INACTIVE;
import static flowmatching.control.ControllerState.STOPPING;
import static flowmatching.control.ControllerState.UNCONFIGURED;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * State, reason and epoch. People ask for transitions through synchronized methods; the loop moves on by compare-and-set and so
 * never waits for them, and whoever loses the race looks again at the next tick.
 */
final class Lifecycle {
  private final AtomicReference<ControllerStatus> status =
      new AtomicReference<>(new ControllerStatus(UNCONFIGURED, "not configured yet"));
  private final AtomicInteger epoch = new AtomicInteger();
  private volatile ControllerStatus active = new ControllerStatus(ACTIVE, "active");
  private boolean configured;
  private boolean closed;

  ControllerStatus status() {
    return status.get();
  }

  /** The episode; chunks of another are not played. */
  int epoch() {
    return epoch.get();
  }

  void beginEpoch() {
    epoch.incrementAndGet();
  }

  /** What the status was when the robot was last activated: what holding goes back to. */
  ControllerStatus active() {
    return active;
  }

  /** A change that the loop found necessary; false where a person was faster. */
  boolean move(ControllerStatus from, ControllerStatus to) {
    return status.compareAndSet(from, to);
  }

  /** A robot that is commanded is no more, from now on; any thread. */
  void disarm(String reason) {
    ControllerStatus inactive = new ControllerStatus(INACTIVE, reason);
    status.updateAndGet(now -> now.state() == ACTIVE || now.state() == HOLDING ? inactive : now);
  }

  /** Something broke that does not mend itself. An emergency stop keeps its state. */
  void fail(String reason) {
    ControllerStatus error = new ControllerStatus(ERROR, reason);
    status.updateAndGet(now -> now.latched() || now.state() == UNCONFIGURED ? now : error);
  }

  /** The refusal of a policy, or null where one may be taken. */
  synchronized Transition refuseToConfigure() {
    return status().state() == UNCONFIGURED && !closed ? null : refused("configure");
  }

  /** There is a policy now. An emergency stop that came in between stays. */
  synchronized Transition configured() {
    configured = true;
    status.updateAndGet(now -> now.latched() ? now : new ControllerStatus(INACTIVE, "configured"));
    return new Transition(true, "configured");
  }

  synchronized Transition activate(String reason) {
    ControllerStatus now = status();
    if (now.state() == ACTIVE || now.state() == HOLDING) {
      return new Transition(true, "already enabled: " + now);
    }
    if (now.state() != INACTIVE) {
      return refused("activate");
    }
    epoch.incrementAndGet(); // before the state, so that no tick plays what was predicted before
    ControllerStatus next = new ControllerStatus(ACTIVE, reason);
    active = next;
    return status.compareAndSet(now, next) ? new Transition(true, "active") : refused("activate");
  }

  synchronized Transition deactivate(String reason) {
    ControllerStatus stopping = new ControllerStatus(STOPPING, reason);
    ControllerStatus before = status.getAndUpdate(now -> now.state() == ACTIVE || now.state() == HOLDING ? stopping : now);
    return switch (before.state()) {
      case ACTIVE, HOLDING -> new Transition(true, "coming to rest");
      case INACTIVE -> new Transition(true, "already inactive");
      case STOPPING -> new Transition(true, "already stopping: " + before.reason());
      default -> refused("deactivate");
    };
  }

  /** A new episode. Ends an emergency stop or an error, but never starts a robot. */
  synchronized Transition reset(String reason) {
    epoch.incrementAndGet();
    ControllerStatus rest = new ControllerStatus(configured ? INACTIVE : UNCONFIGURED, reason);
    ControllerStatus before = status.getAndUpdate(now -> now.latched() || now.state() == ERROR ? rest : now);
    boolean ended = before.latched() || before.state() == ERROR;
    return new Transition(true, ended ? "inactive; enable to go on" : "a new episode begins");
  }

  /** From every state, and nothing but a reset leads out of it. */
  synchronized Transition emergencyStop(String reason) {
    status.set(new ControllerStatus(STOPPING, reason, true));
    return new Transition(true, "stopped until reset");
  }

  synchronized Transition cleanup(String reason) {
    ControllerStatus now = status();
    boolean idle = now.state() == INACTIVE || now.state() == ERROR;
    if (!idle || !status.compareAndSet(now, new ControllerStatus(UNCONFIGURED, reason))) {
      return refused("clean up");
    }
    epoch.incrementAndGet();
    configured = false;
    return new Transition(true, "unconfigured");
  }

  /** The end: nothing is accepted after it. */
  synchronized void close() {
    closed = true;
    configured = false;
    status.set(new ControllerStatus(UNCONFIGURED, "shut down"));
  }

  private Transition refused(String what) {
    ControllerStatus now = status();
    String way = switch (now.state()) {
      case UNCONFIGURED -> closed ? "the controller is shut down" : "configure it first";
      case INACTIVE -> "it is configured already";
      case ACTIVE, HOLDING -> "deactivate it first";
      case STOPPING -> now.latched() ? "reset it first" : "wait until it has come to rest";
      case ERROR -> "reset it first";
    };
    return new Transition(false, "cannot " + what + " while " + now + ": " + way);
  }
}
