package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.RobotDescription;
import java.util.List;
import java.util.function.Consumer;

/** Reads the commands that a robot is given, whoever sends them, as actions in the data set's units. */
final class CommandReader {
  private static final QualityOfService QUALITY =
      new QualityOfService(100, QualityOfService.Reliability.RELIABLE, QualityOfService.Durability.VOLATILE);

  private final RobotDescription robot;
  private final Consumer<float[]> actions;
  private final Consumer<String> refused;

  /**
   * Subscribes.
   *
   * @param actions takes each action, on the graph's thread
   * @param refused takes the reason where a command cannot be one
   */
  CommandReader(RobotGraph graph, RobotDescription robot, Consumer<float[]> actions, Consumer<String> refused) {
    this.robot = robot;
    this.actions = actions;
    this.refused = refused;
    String topic = robot.command().topic();
    boolean velocities = robot.actions().stream().allMatch(joint -> joint.kind() == ActionKind.VELOCITY);
    switch (robot.command().type()) {
      case FLOAT64_MULTI_ARRAY -> graph.subscribe(topic, Float64MultiArray.TYPE, QUALITY, message -> receive(robot.actionNames(), message.data()));
      case JOINT_STATE -> graph.subscribe(topic, JointState.TYPE, QUALITY, message ->
          receive(message.name(), velocities ? message.velocity() : message.position()));
      case JOINT_TRAJECTORY -> graph.subscribe(topic, JointTrajectory.TYPE, QUALITY, this::receive);
    }
  }

  /** What is commanded now is the trajectory's first point. */
  private void receive(JointTrajectory trajectory) {
    if (trajectory.points().isEmpty()) {
      refused.accept("expected a trajectory of at least one point, found none");
    } else {
      receive(trajectory.jointNames(), trajectory.points().get(0).positions());
    }
  }

  private void receive(List<String> names, double[] values) {
    try {
      actions.accept(action(names, values));
    } catch (BadInputException e) {
      refused.accept(e.getMessage());
    }
  }

  private float[] action(List<String> names, double[] values) {
    if (values.length != names.size()) {
      throw new BadInputException("expected " + names.size() + " values, one a joint, found " + values.length);
    }
    float[] action = new float[robot.actions().size()];
    for (int i = 0; i < action.length; i++) {
      ActionJoint joint = robot.actions().get(i);
      int place = names.indexOf(joint.name());
      if (place < 0) {
        throw new BadInputException("expected joints " + robot.actionNames() + ", found " + names + " without " + joint.name());
      }
      action[i] = (float) joint.actionUnits().toDataSet(values[place]);
      if (!Float.isFinite(action[i])) {
        throw new BadInputException("expected finite values, found " + values[place] + " for " + joint.name());
      }
    }
    return action;
  }
}
