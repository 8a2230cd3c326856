package flowmatching.ros.message;

/**
 * {@code rosgraph_msgs/msg/Clock}: a simulator's time.
 *
 * @param clock now
 */
public record Clock(Time clock) {
  public static final MessageType<Clock> TYPE = new MessageType<>("rosgraph_msgs/msg/Clock", Clock.class);
}
