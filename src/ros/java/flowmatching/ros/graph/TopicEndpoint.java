package flowmatching.ros.graph;

import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;

/**
 * A publisher or subscription of some node, as the graph shows it to every other.
 *
 * @param kind which of the two
 * @param topic its name, absolute and remapped
 * @param type of the messages, for example {@code sensor_msgs/msg/Image}; empty where it is none of ROS's
 * @param reliability what it offers or asks for
 * @param durability what it offers or asks for
 * @param node full name of its node, empty where it is not known (yet)
 */
public record TopicEndpoint(Kind kind, String topic, String type, Reliability reliability, Durability durability, String node) {
  /** Which end of a topic it is. */
  public enum Kind {
    PUBLISHER, SUBSCRIPTION
  }
}
