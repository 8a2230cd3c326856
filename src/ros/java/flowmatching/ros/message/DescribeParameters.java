package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/DescribeParameters}. */
public final class DescribeParameters {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/DescribeParameters", Request.class, Response.class);

  private DescribeParameters() {}

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
   * @param descriptors one for each name
   */
  public record Response(List<ParameterDescriptor> descriptors) {
    public Response {
      descriptors = List.copyOf(descriptors);
    }
  }
}
