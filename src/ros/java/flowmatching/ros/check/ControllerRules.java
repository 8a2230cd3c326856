package flowmatching.ros.check;

import flowmatching.control.ActionKind;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CommandTarget.Type;
import flowmatching.ros.node.RobotDescription;
import java.util.List;
import java.util.Set;

/** Whether a controller commands the robot file's joints, and what it does when commands stop. */
final class ControllerRules {
  private final String topic;
  private final RobotDescription robot;
  private final Findings findings;

  /** @param topic where commands go */
  ControllerRules(String topic, RobotDescription robot, Findings findings) {
    this.topic = topic;
    this.robot = robot;
    this.findings = findings;
  }

  void check(String node, ControllerObservation controller) {
    joints(node, controller.joints());
    switch (robot.command().type()) {
      case JOINT_TRAJECTORY -> trajectories(node, controller);
      case FLOAT64_MULTI_ARRAY -> forwarding(node);
      case JOINT_STATE -> { } // no controller of ros2_control takes it
    }
  }

  private void joints(String node, List<String> joints) {
    List<String> ours = robot.actionNames();
    String both = node + " commands joints " + joints + ", the robot file's actions are " + ours;
    boolean sameJoints = joints.size() == ours.size() && Set.copyOf(joints).equals(Set.copyOf(ours));
    if (robot.command().type() != Type.FLOAT64_MULTI_ARRAY) {
      if (!sameJoints) {
        findings.attention(topic, both + ": name them alike");
      }
    } else if (joints.size() != ours.size() || sameJoints && !joints.equals(ours)) {
      findings.attention(topic, both + ": its values go without names, so they must be as many and in the same order");
    } else if (!sameJoints) {
      findings.note(topic, both + ": its values go without names; see that each is where it belongs");
    }
  }

  private void trajectories(String node, ControllerObservation controller) {
    double timeout = controller.commandTimeout();
    if (!controller.playsTrajectories()) {
      unknown(topic, node, findings);
      return;
    }
    if (timeout <= 0) {
      findings.attention(topic, node + " has no command timeout: if the node dies, the last trajectory ends at rest, and the arm presses on"
          + " towards that end for ever, whatever is in its way; set its cmd_timeout, to 0.5 say");
    } else if (timeout <= controller.goalTime()) {
      findings.attention(topic, node + " ignores its cmd_timeout of " + TopicRules.number(timeout) + " s, because its constraints.goal_time is "
          + TopicRules.number(controller.goalTime()) + " s: set cmd_timeout above it");
    }
    if (controller.interpolation().equals("none")) {
      findings.attention(topic, node + " jumps from point to point: set its interpolation_method: splines");
    }
    if (!controller.fromDesiredState()) {
      findings.note(topic, node + " goes to a point that lies ahead from where the joints are measured, which shakes the robot where the clocks"
          + " differ: set its interpolate_from_desired_state: true (Humble: open_loop_control)");
    }
  }

  /** What nobody can ask is for people to see. */
  static void unknown(String topic, String node, Findings findings) {
    findings.note(topic, node + " does not say whether it has a command timeout: see that the robot comes to rest when commands stop");
  }

  private void forwarding(String node) {
    List<String> moving = robot.actions().stream().filter(joint -> joint.kind() == ActionKind.VELOCITY).map(ActionJoint::name).toList();
    if (moving.isEmpty()) {
      findings.note(topic, node + " has no command timeout, as no controller has that forwards positions: if the node dies, the joints stay"
          + " where the last command put them; a joint_trajectory_controller has one");
    } else {
      findings.attention(topic, node + " has no command timeout, as no controller has that forwards velocities: if the node dies, " + moving
          + " go on as they were told last; see that the driver stops them, or command positions by a joint_trajectory_controller");
    }
  }
}
