package flowmatching.ros.message;

/** {@code std_srvs/srv/Trigger}: do it, and say whether it was done. */
public final class Trigger {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("std_srvs/srv/Trigger", Request.class, Response.class);

  private Trigger() {}

  /** Carries nothing. */
  public record Request() {}

  /**
   * The answer.
   *
   * @param success whether it was done
   * @param message what was done, or why not, in a sentence
   */
  public record Response(boolean success, String message) {}
}
