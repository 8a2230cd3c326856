package flowmatching.ros.graph;

import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.ServiceType;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One node in a ROS graph, the port that adapters implement.
 *
 * <p>Names given here may be relative, absolute or private ({@code ~/enable}); {@link #names} resolves them. Listeners, service
 * handlers and clock steps run one at a time on a thread of the adapter. An exception in one of them is logged and ends nothing.
 * Every method may be called from any thread, also from inside a callback.
 */
public interface RobotGraph extends AutoCloseable {
  /** Name and namespace of this node, and the rules by which it resolves other names. */
  GraphNames names();

  /** The node's clock: the system's, or the one that {@code /clock} carries. */
  GraphClock clock();

  /**
   * Receives messages until the subscription is closed.
   *
   * @param topic name, resolved by {@link #names}
   * @param type of the messages; publishers of other types are not connected
   * @param quality what is asked of publishers; those that offer less are not connected
   * @param listener takes each message on the adapter's thread; what the message holds is shared and not to be changed
   * @throws flowmatching.BadInputException where the name is not valid, or the topic is known to carry another type
   */
  <M> Subscription subscribe(String topic, MessageType<M> type, QualityOfService quality, Consumer<? super M> listener);

  /**
   * Announces that this node will publish on a topic.
   *
   * @param topic name, resolved by {@link #names}
   * @param type of the messages
   * @param quality what is offered to subscriptions
   * @throws flowmatching.BadInputException where the name is not valid, or the topic is known to carry another type
   */
  <M> Publisher<M> advertise(String topic, MessageType<M> type, QualityOfService quality);

  /**
   * Answers requests until the server is closed.
   *
   * @param service name, resolved by {@link #names}
   * @param type of request and response
   * @param handler answers one request on the adapter's thread; where it throws, the request is not answered
   * @throws flowmatching.BadInputException where the name is not valid, or the service is known to be served already
   */
  <Q, R> Endpoint serve(String service, ServiceType<Q, R> type, Function<? super Q, ? extends R> handler);

  /**
   * Calls a service of this or another node.
   *
   * @param service name, resolved by {@link #names}
   * @param type of request and response
   * @throws flowmatching.BadInputException where the name is not valid
   */
  <Q, R> ServiceClient<Q, R> client(String service, ServiceType<Q, R> type);

  /** Publishers and subscriptions of all nodes, this one included, as far as they are known now; others need a moment to be found. */
  List<TopicEndpoint> topicEndpoints();

  /** Requests to this node that were refused because their bytes were none of the service's type; 0 where they are not sent as bytes. */
  default long refusedRequests() {
    return 0;
  }

  /** Leaves the graph. Once this returns no callback runs any more, but for the one that called it. */
  @Override
  void close();
}
