package flowmatching.ros.message;

/**
 * {@code lifecycle_msgs/msg/Transition}.
 *
 * @param id unsigned; from 10 on the outcome of another transition
 * @param label its name
 */
public record LifecycleTransition(byte id, String label) {}
