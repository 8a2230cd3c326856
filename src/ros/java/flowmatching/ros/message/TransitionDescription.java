package flowmatching.ros.message;

/**
 * {@code lifecycle_msgs/msg/TransitionDescription}.
 *
 * @param transition what happens
 * @param startState where it begins
 * @param goalState where it leads
 */
public record TransitionDescription(LifecycleTransition transition, LifecycleState startState, LifecycleState goalState) {}
