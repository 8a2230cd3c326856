package flowmatching.ros.message;

import java.util.List;

/** {@code lifecycle_msgs/srv/GetAvailableStates}. */
public final class GetAvailableStates {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("lifecycle_msgs/srv/GetAvailableStates", Request.class, Response.class);

  private GetAvailableStates() {}

  /** Carries nothing. */
  public record Request() {}

  /**
   * The answer.
   *
   * @param availableStates every state that there is
   */
  public record Response(List<LifecycleState> availableStates) {
    public Response {
      availableStates = List.copyOf(availableStates);
    }
  }
}
