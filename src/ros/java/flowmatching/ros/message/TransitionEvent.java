package flowmatching.ros.message;

/**
 * {@code lifecycle_msgs/msg/TransitionEvent}: a transition that happened.
 *
 * @param timestamp when, nanoseconds, unsigned
 * @param transition what happened
 * @param startState where it began
 * @param goalState where it led
 */
public record TransitionEvent(long timestamp, LifecycleTransition transition, LifecycleState startState, LifecycleState goalState) {
  public static final MessageType<TransitionEvent> TYPE =
      new MessageType<>("lifecycle_msgs/msg/TransitionEvent", TransitionEvent.class);
}
