package flowmatching.ros.check;

import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import java.util.List;
import java.util.Map;

/**
 * What was seen of a robot while listening to it.
 *
 * @param seconds how long
 * @param simulatedTime whether this node's clock follows {@code /clock}
 * @param endpoints publishers and subscriptions of the other nodes
 * @param cameras in the order of the robot's description
 * @param state its joint states
 * @param clock what came on {@code /clock}
 * @param commandTopic where commands would go, absolute and remapped
 * @param controllers nodes that listen there and said in their parameters what they command, by node
 */
public record RobotObservation(
    double seconds, boolean simulatedTime, List<TopicEndpoint> endpoints, List<CameraObservation> cameras, StateObservation state,
    StreamObservation clock, String commandTopic, Map<String, ControllerObservation> controllers) {
  public RobotObservation {
    endpoints = List.copyOf(endpoints);
    cameras = List.copyOf(cameras);
    controllers = Map.copyOf(controllers);
  }

  /** The ends of one kind that a topic has. */
  public List<TopicEndpoint> endpoints(Kind kind, String topic) {
    return endpoints.stream().filter(end -> end.kind() == kind && end.topic().equals(topic)).toList();
  }

  /** Whether nobody else was there at all. */
  boolean alone() {
    return endpoints.isEmpty() && state.stream().messages() == 0 && cameras.stream().allMatch(camera -> camera.stream().messages() == 0);
  }

  /** Whether simulated time jumped back: stamps of the time before are not from the future then. */
  boolean clockJumped() {
    return simulatedTime && clock.backwards() > 0;
  }

  /** Whether somebody publishes {@code /clock}: time is simulated then. */
  boolean clockPublished() {
    return clock.messages() > 0 || !endpoints(Kind.PUBLISHER, clock.topic()).isEmpty();
  }
}
