package flowmatching.ros.message;

/**
 * The type of a service.
 *
 * @param name the ROS name, for example {@code std_srvs/srv/Trigger}
 * @param requestClass what carries a request in Java
 * @param responseClass what carries a response in Java
 * @param <Q> the class of requests
 * @param <R> the class of responses
 */
public record ServiceType<Q, R>(String name, Class<Q> requestClass, Class<R> responseClass) {
  @Override
  public String toString() {
    return name;
  }
}
