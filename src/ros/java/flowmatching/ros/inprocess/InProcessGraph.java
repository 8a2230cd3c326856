package flowmatching.ros.inprocess;

import flowmatching.BadInputException;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.ServiceType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole ROS graph inside one process: no ROS, no network, no serialisation. Several nodes join it and see each other's topics
 * and services; a message reaches its receivers as the object that was published.
 *
 * <p>Qualities of service count as they do between processes: an offer that is too weak does not connect, a full queue loses its
 * oldest message and counts it.
 */
public final class InProcessGraph implements AutoCloseable {
  private final Map<String, Topic<?>> topics = new HashMap<>();
  private final Map<String, InProcessService<?, ?>> services = new HashMap<>();
  private final Set<InProcessNode> nodes = new HashSet<>();

  /** A new node with the system's clock. */
  public RobotGraph join(GraphNames names) {
    return join(names, false);
  }

  /**
   * A new node.
   *
   * @param names its name, namespace and remappings
   * @param simulatedTime whether its clock follows {@code /clock}
   * @throws BadInputException where a node of that name is there already
   */
  public synchronized RobotGraph join(GraphNames names, boolean simulatedTime) {
    if (nodes.stream().anyMatch(node -> node.names().fullName().equals(names.fullName()))) {
      throw new BadInputException("the graph has a node " + names.fullName() + " already");
    }
    InProcessNode node = new InProcessNode(this, names, simulatedTime);
    nodes.add(node);
    return node;
  }

  synchronized void leave(InProcessNode node) {
    nodes.remove(node);
  }

  @SuppressWarnings("unchecked") // the type is compared
  synchronized <M> Topic<M> topic(String name, MessageType<M> type) {
    Topic<?> topic = topics.computeIfAbsent(name, key -> new Topic<>(name, type));
    if (!topic.type().equals(type)) {
      throw new BadInputException("topic " + name + " carries " + topic.type() + ", not " + type);
    }
    return (Topic<M>) topic;
  }

  synchronized List<TopicEndpoint> topicEndpoints() {
    return topics.values().stream().flatMap(topic -> topic.endpoints().stream()).toList();
  }

  synchronized void serve(InProcessService<?, ?> service) {
    if (services.putIfAbsent(service.name(), service) != null) {
      throw new BadInputException("service " + service.name() + " is served already");
    }
  }

  synchronized void withdraw(InProcessService<?, ?> service) {
    services.remove(service.name(), service);
  }

  @SuppressWarnings("unchecked") // the type is compared
  synchronized <Q, R> InProcessService<Q, R> service(String name, ServiceType<Q, R> type) {
    InProcessService<?, ?> service = services.get(name);
    return service != null && service.type().equals(type) ? (InProcessService<Q, R>) service : null;
  }

  /** Closes every node. */
  @Override
  public void close() {
    Set<InProcessNode> open;
    synchronized (this) {
      open = Set.copyOf(nodes);
    }
    open.forEach(InProcessNode::close);
  }
}
