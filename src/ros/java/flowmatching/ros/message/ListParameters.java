package flowmatching.ros.message;

import java.util.List;

/** {@code rcl_interfaces/srv/ListParameters}. */
public final class ListParameters {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("rcl_interfaces/srv/ListParameters", Request.class, Response.class);

  private ListParameters() {}

  /**
   * The question.
   *
   * @param prefixes what names begin with, up to a dot; none stands for every name
   * @param depth unsigned; how many parts of a name may follow the prefix, {@link #RECURSIVE} for any number
   */
  public record Request(List<String> prefixes, long depth) {
    public static final long RECURSIVE = 0;

    public Request {
      prefixes = List.copyOf(prefixes);
    }
  }

  /**
   * The answer.
   *
   * @param result names and their prefixes
   */
  public record Response(ListParametersResult result) {}
}
