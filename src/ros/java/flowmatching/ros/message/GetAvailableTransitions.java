package flowmatching.ros.message;

import java.util.List;

/** {@code lifecycle_msgs/srv/GetAvailableTransitions}: those of the state now, or the whole graph, depending on the service. */
public final class GetAvailableTransitions {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("lifecycle_msgs/srv/GetAvailableTransitions", Request.class, Response.class);

  private GetAvailableTransitions() {}

  /** Carries nothing. */
  public record Request() {}

  /**
   * The answer.
   *
   * @param availableTransitions with where they begin and lead
   */
  public record Response(List<TransitionDescription> availableTransitions) {
    public Response {
      availableTransitions = List.copyOf(availableTransitions);
    }
  }
}
