package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/SetParametersAtomically}: sets all or none. */
public final class SetParametersAtomically {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/SetParametersAtomically", Request.class, Response.class);

  private SetParametersAtomically() {}

  /**
   * The question.
   *
   * @param parameters and the values that they shall have
   */
  public record Request(List<Parameter> parameters) {
    public Request {
      parameters = List.copyOf(parameters);
    }
  }

  /**
   * The answer.
   *
   * @param result for all of them
   */
  public record Response(SetParametersResult result) {}
}
