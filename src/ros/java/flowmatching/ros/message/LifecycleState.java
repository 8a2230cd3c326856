package flowmatching.ros.message;

/**
 * {@code lifecycle_msgs/msg/State}.
 *
 * @param id unsigned; states from 10 on lie between two others
 * @param label its name
 */
public record LifecycleState(byte id, String label) {}
