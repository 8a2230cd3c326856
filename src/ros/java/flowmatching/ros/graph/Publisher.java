package flowmatching.ros.graph;

/**
 * The sending end of a topic.
 *
 * @param <M> class of the messages
 */
public interface Publisher<M> extends Endpoint {
  /**
   * Sends a message to every connected subscription and returns without waiting for them. After {@link #close} nothing is sent.
   *
   * @param message not to be changed afterwards, neither are its arrays: an adapter may hand the same object to the receivers
   */
  void publish(M message);

  /** Subscriptions connected now. */
  int subscriptions();
}
