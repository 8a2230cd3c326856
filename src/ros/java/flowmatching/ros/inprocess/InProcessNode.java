package flowmatching.ros.inprocess;

import flowmatching.ros.graph.Dispatcher;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.GraphClock;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.graph.SimulatedClock;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.graph.SystemClock;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.ServiceType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/** One node of an {@link InProcessGraph}. */
final class InProcessNode implements RobotGraph {
  private final InProcessGraph graph;
  private final GraphNames names;
  private final Dispatcher dispatcher;
  private final List<Endpoint> endpoints = new CopyOnWriteArrayList<>();
  private final GraphClock clock;
  private volatile boolean closed;

  InProcessNode(InProcessGraph graph, GraphNames names, boolean simulatedTime) {
    this.graph = graph;
    this.names = names;
    this.dispatcher = new Dispatcher("graph " + names.fullName());
    try {
      this.clock = simulatedTime ? new SimulatedClock(this) : new SystemClock();
    } catch (RuntimeException e) { // somebody uses /clock for something else
      dispatcher.close();
      throw e;
    }
  }

  @Override
  public GraphNames names() {
    return names;
  }

  @Override
  public GraphClock clock() {
    return clock;
  }

  @Override
  public <M> Subscription subscribe(
      String topic, MessageType<M> type, QualityOfService quality, Consumer<? super M> listener) {
    return opened(new InProcessSubscription<>(graph.topic(resolve(topic), type), names.fullName(), quality, listener, dispatcher));
  }

  @Override
  public <M> Publisher<M> advertise(String topic, MessageType<M> type, QualityOfService quality) {
    return opened(new InProcessPublisher<>(graph.topic(resolve(topic), type), names.fullName(), quality));
  }

  @Override
  public <Q, R> Endpoint serve(String service, ServiceType<Q, R> type, Function<? super Q, ? extends R> handler) {
    return opened(new InProcessService<>(graph, resolve(service), type, handler, dispatcher));
  }

  @Override
  public <Q, R> ServiceClient<Q, R> client(String service, ServiceType<Q, R> type) {
    return opened(new InProcessClient<>(graph, resolve(service), type));
  }

  @Override
  public List<TopicEndpoint> topicEndpoints() {
    return graph.topicEndpoints();
  }

  private String resolve(String name) {
    if (closed) {
      throw new IllegalStateException("node " + names.fullName() + " is closed");
    }
    return names.resolve(name);
  }

  private <E extends Endpoint> E opened(E endpoint) {
    endpoints.add(endpoint);
    return endpoint;
  }

  @Override
  public void close() {
    closed = true;
    endpoints.forEach(Endpoint::close);
    dispatcher.close();
    graph.leave(this);
  }
}
