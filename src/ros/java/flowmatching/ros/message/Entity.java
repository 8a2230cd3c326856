package flowmatching.ros.message;

/**
 * {@code ros_gz_interfaces/msg/Entity}: a thing in a Gazebo world.
 *
 * @param id unsigned; 0 where the name says which
 * @param name of the thing
 * @param type unsigned; {@link #MODEL} or another of ROS's constants
 */
public record Entity(long id, String name, byte type) {
  public static final byte MODEL = 2;
}
