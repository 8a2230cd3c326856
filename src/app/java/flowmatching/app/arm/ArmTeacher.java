package flowmatching.app.arm;

import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.node.RobotDescription;

/** The scripted expert as a node: answers each joint state with a command. It looks at the table itself, not at the topics. */
public final class ArmTeacher implements AutoCloseable {
  private final RobotGraph graph;

  /**
   * @param graph its own node; closed with the teacher
   * @param robot the topics
   * @param arm whose table it looks at, in lock step
   */
  public ArmTeacher(RobotGraph graph, RobotDescription robot, ArmRobot arm) {
    this.graph = graph;
    Publisher<Float64MultiArray> commands = graph.advertise(robot.command().topic(), Float64MultiArray.TYPE, QualityOfService.DEFAULT);
    graph.subscribe(robot.state().topic(), JointState.TYPE, QualityOfService.DEFAULT, message ->
        commands.publish(new Float64MultiArray(MultiArrayLayout.LIST, ArmExpert.command(arm.world()))));
  }

  @Override
  public void close() {
    graph.close();
  }
}
