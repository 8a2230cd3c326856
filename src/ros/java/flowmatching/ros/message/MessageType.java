package flowmatching.ros.message;

/**
 * The type of a topic.
 *
 * @param name the ROS name, for example {@code sensor_msgs/msg/Image}
 * @param javaClass what carries it in Java
 * @param <M> the same class
 */
public record MessageType<M>(String name, Class<M> javaClass) {
  @Override
  public String toString() {
    return name;
  }
}
