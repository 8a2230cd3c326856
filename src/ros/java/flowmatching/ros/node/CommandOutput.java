package flowmatching.ros.node;

import flowmatching.control.ActionKind;
import flowmatching.control.CommandSink;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.message.Time;
import java.util.List;

/** Publishes commands as the robot's controller takes them. A message and its values are all that a command allocates. */
final class CommandOutput {
  /** An old command is worth nothing, so only the newest is kept for a slow receiver. */
  private static final QualityOfService QUALITY = new QualityOfService(1, Reliability.RELIABLE, Durability.VOLATILE);

  private static final double[] NONE = {};

  private final List<String> names;
  private final boolean velocities;
  private final Publisher<?> publisher;
  private final CommandSink sink;

  CommandOutput(RobotGraph graph, RobotDescription robot) {
    names = robot.actionNames();
    velocities = robot.actions().stream().allMatch(joint -> joint.kind() == ActionKind.VELOCITY);
    String topic = robot.command().topic();
    switch (robot.command().type()) {
      case FLOAT64_MULTI_ARRAY -> {
        Publisher<Float64MultiArray> arrays = graph.advertise(topic, Float64MultiArray.TYPE, QUALITY);
        publisher = arrays;
        sink = (command, stamp) -> arrays.publish(new Float64MultiArray(MultiArrayLayout.LIST, command.clone()));
      }
      case JOINT_STATE -> {
        Publisher<JointState> states = graph.advertise(topic, JointState.TYPE, QUALITY);
        publisher = states;
        sink = (command, stamp) -> states.publish(jointState(command.clone(), stamp));
      }
      default -> {
        Publisher<JointTrajectory> trajectories = graph.advertise(topic, JointTrajectory.TYPE, QUALITY);
        publisher = trajectories;
        sink = new TrajectorySink(names, robot.command().lookahead(), trajectories);
      }
    }
  }

  /** Where the controller sends commands. */
  CommandSink sink() {
    return sink;
  }

  private JointState jointState(double[] values, long stamp) {
    Header header = new Header(Time.ofNanoseconds(stamp), "");
    return velocities
        ? new JointState(header, names, NONE, values, NONE)
        : new JointState(header, names, values, NONE, NONE);
  }

  /** The topic's end, for the node to close. */
  Endpoint publisher() {
    return publisher;
  }
}
