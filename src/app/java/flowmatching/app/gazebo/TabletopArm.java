package flowmatching.app.gazebo;

import flowmatching.BadInputException;
import java.util.List;

/**
 * The arm of {@code worlds/arm.urdf} with its hand pointing straight down: how its joints stand where the tool point is to be. Angles
 * in radians, lengths in metres; the origin is the arm's foot, x forward, z up.
 */
final class TabletopArm {
  /** In the order of the robot file. */
  static final List<String> JOINTS =
      List.of("shoulder_pan", "shoulder_lift", "elbow", "forearm_roll", "wrist_pitch", "wrist_roll", "gripper");

  /** How far the jaws are apart. */
  static final double OPEN = 0.08;

  /** From the foot to the axis of {@code shoulder_lift}, to the elbow, to the wrist's pitch, to the tool point. */
  private static final double SHOULDER = 0.16;
  private static final double UPPER_ARM = 0.30;
  private static final double FOREARM = 0.25;
  private static final double HAND = 0.175;

  private TabletopArm() {}

  /**
   * Where the tool is to be.
   *
   * @param yaw direction in which the jaws open, from the x axis
   * @param gripper how far they are apart
   */
  record Tool(double x, double y, double z, double yaw, double gripper) {
    Tool above(double height) {
      return new Tool(x, y, z + height, yaw, gripper);
    }

    Tool with(double opening) {
      return new Tool(x, y, z, yaw, opening);
    }

    /** Moved in the direction in which the jaws open. */
    Tool aside(double distance) {
      return new Tool(x + distance * Math.cos(yaw), y + distance * Math.sin(yaw), z, yaw, gripper);
    }
  }

  /**
   * The joints for a place of the tool, in the order of {@link #JOINTS}. Two links in the vertical plane of the tool point reach the
   * wrist by the law of cosines, elbow outwards; the wrist makes up for both.
   *
   * @throws BadInputException where it is out of reach
   */
  static double[] joints(Tool tool) {
    double pan = Math.atan2(tool.y, tool.x);
    double out = Math.hypot(tool.x, tool.y);
    double up = tool.z + HAND - SHOULDER;
    double distance = Math.hypot(out, up);
    if (distance > UPPER_ARM + FOREARM || distance < UPPER_ARM - FOREARM) {
      throw new BadInputException("the arm does not reach " + tool);
    }
    double lift = Math.atan2(out, up) - angle(UPPER_ARM, distance, FOREARM);
    double elbow = Math.PI - angle(UPPER_ARM, FOREARM, distance);
    // Turned over, the hand's x axis points to pan + pi - roll.
    double roll = Math.IEEEremainder(pan + Math.PI - tool.yaw, 2 * Math.PI);
    return new double[] {pan, lift, elbow, 0, Math.PI - lift - elbow, roll, tool.gripper};
  }

  /** Of a triangle the angle between the sides a and b; c is the third. */
  private static double angle(double a, double b, double c) {
    return Math.acos((a * a + b * b - c * c) / (2 * a * b));
  }
}
