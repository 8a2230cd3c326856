package flowmatching.ros.check;

import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.node.CommandTarget.Type;
import flowmatching.ros.node.RobotDescription;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether commands would reach a controller that understands them. */
final class CommandRules {
  private final RobotObservation seen;
  private final TopicRules topics;
  private final Findings findings;

  CommandRules(RobotObservation seen, TopicRules topics, Findings findings) {
    this.seen = seen;
    this.topics = topics;
    this.findings = findings;
  }

  void check(RobotDescription robot) {
    String topic = seen.commandTopic();
    String type = robot.command().type().messageType().name();
    List<TopicEndpoint> listeners = seen.endpoints(Kind.SUBSCRIPTION, topic);
    List<TopicEndpoint> fitting = listeners.stream().filter(end -> end.type().equals(type)).toList();
    if (listeners.isEmpty()) {
      topics.nobody(topic, "nobody takes commands there", Kind.SUBSCRIPTION, Arrays.stream(Type.values()).map(t -> t.messageType().name()).toList());
    } else if (fitting.isEmpty()) {
      String other = listeners.get(0).type();
      Optional<Type> right = Arrays.stream(Type.values()).filter(t -> t.messageType().name().equals(other)).findFirst();
      findings.attention(topic, TopicRules.nodes(listeners) + " takes " + other + " there, not " + type + ": "
          + right.map(t -> "set command.type: " + t.name().toLowerCase(Locale.ROOT)).orElse("set command.topic to a controller that takes one of the types of docs/robots.md"));
    } else if (fitting.stream().allMatch(end -> end.durability() == Durability.TRANSIENT_LOCAL)) {
      findings.attention(topic, TopicRules.nodes(fitting) + " asks for transient_local commands, which the node does not offer: "
          + "an old command must not move a robot that comes late");
    }
    List<TopicEndpoint> senders = seen.endpoints(Kind.PUBLISHER, topic);
    if (!senders.isEmpty()) {
      findings.attention(topic, "commands come from " + TopicRules.nodes(senders) + " already, and two senders fight: stop it before you run the policy");
    }
    if (!robot.ofAnySpeed().isEmpty()) {
      findings.attention("actions", robot.ofAnySpeed() + " have no max_velocity: nothing limits how fast they move; give each one");
    }
    if (!robot.ofUnknownStart().isEmpty()) {
      findings.attention("actions", robot.ofUnknownStart() + " are positions, but state measures no joints of these names, only " + robot.state().names()
          + ": they go to their first command at once; name both alike");
    }
    ControllerRules controllers = new ControllerRules(topic, robot, findings);
    seen.controllers().forEach(controllers::check);
    if (robot.command().type() == Type.JOINT_TRAJECTORY) {
      fitting.stream().map(end -> TopicRules.nodes(List.of(end))).filter(node -> !seen.controllers().containsKey(node)).distinct()
          .forEach(node -> ControllerRules.unknown(topic, node, findings));
    }
  }
}
