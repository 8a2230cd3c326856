package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/GetParameterTypes}. */
public final class GetParameterTypes {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/GetParameterTypes", Request.class, Response.class);

  private GetParameterTypes() {}

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
   * @param types unsigned; a type of {@link ParameterValue} for each name
   */
  public record Response(byte[] types) {}
}
