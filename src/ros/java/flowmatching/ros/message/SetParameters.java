package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/SetParameters}: sets each parameter for itself. */
public final class SetParameters {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/SetParameters", Request.class, Response.class);

  private SetParameters() {}

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
   * @param results one for each parameter
   */
  public record Response(List<SetParametersResult> results) {
    public Response {
      results = List.copyOf(results);
    }
  }
}
