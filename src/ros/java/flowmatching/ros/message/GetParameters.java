package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/GetParameters}. */
public final class GetParameters {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/GetParameters", Request.class, Response.class);

  private GetParameters() {}

  /**
   * The question.
   *
   * @param names of parameters
   */
  public record Request(List<String> names) {
    public Request {
      names = List.copyOf(names);
    }
  }

  /**
   * The answer.
   *
   * @param values one for each name, {@link ParameterValue#NOT_SET} where there is no such parameter
   */
  public record Response(List<ParameterValue> values) {
    public Response {
      values = List.copyOf(values);
    }
  }
}
