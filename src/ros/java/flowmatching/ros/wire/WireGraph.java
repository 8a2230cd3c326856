package flowmatching.ros.wire;

import flowmatching.BadInputException;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.cdr.TypeHash;
import flowmatching.ros.graph.DeliveryQueue;
import flowmatching.ros.graph.Dispatcher;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.GraphClock;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.graph.SimulatedClock;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.graph.SystemClock;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.ServiceType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node in a ROS 2 graph, over Fast DDS on a machine that needs no ROS, or over the rcl of a sourced workspace: it sees and is seen
 * by nodes of Humble and later.
 *
 * <p>One thread receives: it decodes messages as they arrive. Another runs the callbacks, one at a time.
 */
public final class WireGraph implements RobotGraph {
  private static final int NOTHING = 0;

  private final GraphNames names;
  private final long node;
  private final Runnable left;
  private final Dispatcher dispatcher;
  private final ReceivingThread receiving;
  private final Map<Long, WireEndpoint> endpoints = new ConcurrentHashMap<>();
  private final GraphClock clock;
  private boolean closed;

  /**
   * Joins the graph that {@code settings} point at, over Fast DDS.
   *
   * @param names the node's name, namespace and remappings
   * @param simulatedTime whether its clock follows {@code /clock}
   * @param settings which graph
   * @throws BadInputException where the native library cannot be built, saying what to install, or the graph cannot be joined
   */
  public static WireGraph join(GraphNames names, boolean simulatedTime, DiscoverySettings settings) {
    return join(GraphLibrary.FAST_DDS, names, simulatedTime, settings);
  }

  /**
   * Joins a graph.
   *
   * @param library which library joins it; a process uses one
   * @param names the node's name, namespace and remappings
   * @param simulatedTime whether its clock follows {@code /clock}
   * @param settings which graph; {@link GraphLibrary#RCL} reads all but the domain from the environment itself
   * @throws BadInputException where the native library cannot be built, saying what to install, or the graph cannot be joined
   */
  public static WireGraph join(GraphLibrary library, GraphNames names, boolean simulatedTime, DiscoverySettings settings) {
    library.load();
    return new WireGraph(names, simulatedTime, NativeGraph.checked("transport " + library.key() + ":", NativeGraph.graph_join(names.namespace(),
        names.node(), settings.domain(), settings.range().ordinal(), String.join(";", settings.staticPeers()))), () -> {});
  }

  /**
   * Joins as a node that another client library of this process has made over rcl.
   *
   * @param names the node's name and namespace, and remappings
   * @param simulatedTime whether its clock follows {@code /clock}
   * @param rclNode address of the node's {@code rcl_node_t}, which must outlive this graph
   * @param left called once, when this graph has left the node
   * @throws BadInputException where the native library cannot be built, saying what to install, or the node is closed
   */
  public static WireGraph joinAs(GraphNames names, boolean simulatedTime, long rclNode, Runnable left) {
    GraphLibrary.RCL.load();
    return new WireGraph(names, simulatedTime, NativeGraph.checked("node " + names.fullName() + ":", NativeGraph.graph_join_as(rclNode)), left);
  }

  private WireGraph(GraphNames names, boolean simulatedTime, long node, Runnable left) {
    this.names = names;
    this.node = node;
    this.left = left;
    this.dispatcher = new Dispatcher("graph " + names.fullName());
    this.receiving = new ReceivingThread(this, node);
    receiving.start();
    try {
      this.clock = simulatedTime ? new SimulatedClock(this) : new SystemClock();
    } catch (RuntimeException e) { // /clock cannot be heard: leave the graph again
      close();
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
  public synchronized <M> Subscription subscribe(
      String topic, MessageType<M> type, QualityOfService quality, Consumer<? super M> listener) {
    String name = resolve(topic);
    MessageCodec<M> codec = new MessageCodec<>(type.name(), type.javaClass());
    long handle = checked(name, NativeGraph.graph_subscribe(node, name, type.name(), TypeHash.of(type.name()), quality.depth(),
        flag(quality.reliability() == Reliability.RELIABLE), flag(quality.durability() == Durability.TRANSIENT_LOCAL)));
    return opened(handle, new WireSubscription<>(this, name, handle, codec, new DeliveryQueue<>(quality.depth(), listener, dispatcher)));
  }

  @Override
  public synchronized <M> Publisher<M> advertise(String topic, MessageType<M> type, QualityOfService quality) {
    String name = resolve(topic);
    MessageCodec<M> codec = new MessageCodec<>(type.name(), type.javaClass());
    long handle = checked(name, NativeGraph.graph_advertise(node, name, type.name(), TypeHash.of(type.name()), quality.depth(),
        flag(quality.reliability() == Reliability.RELIABLE), flag(quality.durability() == Durability.TRANSIENT_LOCAL)));
    return opened(handle, new WirePublisher<>(this, name, handle, codec));
  }

  @Override
  public synchronized <Q, R> Endpoint serve(String service, ServiceType<Q, R> type, Function<? super Q, ? extends R> handler) {
    String name = resolve(service);
    if (endpoints.values().stream().anyMatch(endpoint -> endpoint instanceof WireService && endpoint.name().equals(name))) {
      throw new BadInputException("service " + name + " is served already");
    }
    MessageCodec<Q> requests = requests(type);
    MessageCodec<R> responses = responses(type);
    long handle = checked(name,
        NativeGraph.graph_serve(node, name, type.name(), TypeHash.of(requests.name()), TypeHash.of(responses.name())));
    return opened(handle, new WireService<>(this, name, handle, requests, responses, handler, dispatcher));
  }

  @Override
  public synchronized <Q, R> ServiceClient<Q, R> client(String service, ServiceType<Q, R> type) {
    String name = resolve(service);
    MessageCodec<Q> requests = requests(type);
    MessageCodec<R> responses = responses(type);
    long handle = checked(name,
        NativeGraph.graph_client(node, name, type.name(), TypeHash.of(requests.name()), TypeHash.of(responses.name())));
    return opened(handle, new WireClient<>(this, name, handle, requests, responses));
  }

  /**
   * What is known of the graph now; others need a moment to be seen.
   *
   * @throws IllegalStateException where the graph cannot be described, as after the program's own end of ROS
   */
  public synchronized GraphDescription describe() {
    if (closed) {
      return new GraphDescription(List.of(), List.of());
    }
    byte[] text = new byte[describe(null, NOTHING)];
    int size = describe(text, text.length);
    while (size > text.length) { // it grew in between
      text = new byte[size];
      size = describe(text, text.length);
    }
    return GraphDescription.parse(new String(text, 0, size, StandardCharsets.UTF_8));
  }

  private int describe(byte[] text, int capacity) {
    int size = NativeGraph.graph_describe(node, text, capacity);
    if (size < 0) {
      throw new IllegalStateException(NativeGraph.graph_error());
    }
    return size;
  }

  @Override
  public List<TopicEndpoint> topicEndpoints() {
    return describe().topicEndpoints();
  }

  /** Requests to the services that are open. */
  @Override
  public long refusedRequests() {
    return endpoints.values().stream().filter(WireService.class::isInstance).mapToLong(WireEndpoint::refused).sum();
  }

  private static <Q> MessageCodec<Q> requests(ServiceType<Q, ?> type) {
    return new MessageCodec<>(type.name() + "_Request", type.requestClass());
  }

  private static <R> MessageCodec<R> responses(ServiceType<?, R> type) {
    return new MessageCodec<>(type.name() + "_Response", type.responseClass());
  }

  private String resolve(String name) {
    if (closed) {
      throw new IllegalStateException("node " + names.fullName() + " is closed");
    }
    return names.resolve(name);
  }

  private static long checked(String name, long handle) {
    return NativeGraph.checked(name, handle);
  }

  private static int flag(boolean set) {
    return set ? 1 : 0;
  }

  private <E extends WireEndpoint> E opened(long handle, E endpoint) {
    endpoints.put(handle, endpoint);
    while (endpoint.takeSome()) {} // what came before the receiving thread knew it
    return endpoint;
  }

  /** The endpoint of a native one, or null where it is closed. */
  WireEndpoint endpoint(long handle) {
    return endpoints.get(handle);
  }

  Iterable<WireEndpoint> endpoints() {
    return endpoints.values();
  }

  void forget(WireEndpoint endpoint, long handle) {
    endpoints.remove(handle, endpoint);
  }

  @Override
  public void close() {
    if (closing()) {
      receiving.end(); // not under the lock: what it runs may want it
      endpoints.values().forEach(Endpoint::close);
      NativeGraph.graph_leave(node);
      left.run();
    }
    dispatcher.close();
  }

  /** Whether this call is the first to close; from then on nobody else uses the native node. */
  private synchronized boolean closing() {
    boolean first = !closed;
    closed = true;
    return first;
  }
}
