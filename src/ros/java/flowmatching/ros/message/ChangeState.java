package flowmatching.ros.message;

/** {@code lifecycle_msgs/srv/ChangeState}. */
public final class ChangeState {
  public static final ServiceType<Request, Response> TYPE =
      new ServiceType<>("lifecycle_msgs/srv/ChangeState", Request.class, Response.class);

  private ChangeState() {}

  /**
   * The question.
   *
   * @param transition wanted; its label counts, or its id where the label is empty
   */
  public record Request(LifecycleTransition transition) {}

  /**
   * The answer.
   *
   * @param success whether it happens
   */
  public record Response(boolean success) {}
}
