package flowmatching.ros.message;

/** {@code ros_gz_interfaces/srv/SetEntityPose}: puts a thing elsewhere in a Gazebo world. */
public final class SetEntityPose {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("ros_gz_interfaces/srv/SetEntityPose", Request.class, Response.class);

  private SetEntityPose() {}

  /**
   * The question.
   *
   * @param entity what to move
   * @param pose in the world
   */
  public record Request(Entity entity, Pose pose) {}

  /**
   * The answer.
   *
   * @param success whether Gazebo will do it
   */
  public record Response(boolean success) {}
}
