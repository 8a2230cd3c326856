package flowmatching.ros.wire;

import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a node knows of the graph that it has joined.
 *
 * @param nodes full names, this node included; a name stands there as often as nodes bear it
 * @param endpoints of all nodes
 */
public record GraphDescription(List<String> nodes, List<RemoteEndpoint> endpoints) {
  /**
   * An endpoint of a topic or service.
   *
   * @param kind {@code publisher}, {@code subscription}, {@code server} or {@code client}
   * @param name of the topic or service
   * @param type its type, empty where it is none of ROS's
   * @param hash of the type, empty where the peer does not say it (before Iron)
   * @param reliable whether it offers or asks for reliability
   * @param transientLocal whether it keeps messages for late subscriptions, or asks for that
   * @param node full name of its node, empty where it is not known (yet)
   */
  public record RemoteEndpoint(
      String kind, String name, String type, String hash, boolean reliable, boolean transientLocal, String node) {}

  public GraphDescription {
    nodes = List.copyOf(nodes);
    endpoints = List.copyOf(endpoints);
  }

  /** Those of the endpoints that are a topic's. */
  List<TopicEndpoint> topicEndpoints() {
    return endpoints.stream().filter(end -> end.kind().equals("publisher") || end.kind().equals("subscription"))
        .map(end -> new TopicEndpoint(Kind.valueOf(end.kind().toUpperCase(Locale.ROOT)), end.name(), end.type(),
            end.reliable() ? Reliability.RELIABLE : Reliability.BEST_EFFORT,
            end.transientLocal() ? Durability.TRANSIENT_LOCAL : Durability.VOLATILE, end.node()))
        .toList();
  }

  /** From the lines that {@code graph_describe} of {@code graph.h} writes. */
  static GraphDescription parse(String text) {
    List<String> nodes = new ArrayList<>();
    List<RemoteEndpoint> endpoints = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split("\t", -1);
      if (words[0].equals("node")) {
        nodes.add((words[1].equals("/") ? "" : words[1]) + "/" + words[2]);
      } else {
        endpoints.add(new RemoteEndpoint(
            words[0], words[1], words[2], words[3], words[4].equals("reliable"), words[5].equals("transient_local"), words[6]));
      }
    }
    return new GraphDescription(nodes, endpoints);
  }
}
