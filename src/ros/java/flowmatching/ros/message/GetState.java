package flowmatching.ros.message;

/** {@code lifecycle_msgs/srv/GetState}. */
public final class GetState {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("lifecycle_msgs/srv/GetState", Request.class, Response.class);

  private GetState() {}

  /** Carries nothing. */
  public record Request() {}

  /**
   * The answer.
   *
   * @param currentState where the node is
   */
  public record Response(LifecycleState currentState) {}
}
