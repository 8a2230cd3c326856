package flowmatching.app.arm;

/** Two links of equal length in a plane; the elbow bends to the left only. Angles in radians: the shoulder from the x axis, the elbow from the upper arm. */
final class Kinematics {
  /** Of each link, metres. */
  static final double LINK = 0.2;

  /** Distances from the base that the tip may be sent to. */
  static final double NEAREST = 0.1;
  static final double FARTHEST = 0.385;

  private Kinematics() {}

  static Point elbow(double[] joints) {
    return new Point(LINK * Math.cos(joints[0]), LINK * Math.sin(joints[0]));
  }

  static Point tip(double[] joints) {
    double forearm = joints[0] + joints[1];
    return elbow(joints).plus(new Point(LINK * Math.cos(forearm), LINK * Math.sin(forearm)));
  }

  /** Whether the tip may be sent there. */
  static boolean reaches(Point point) {
    return point.y() >= 0.02 && point.length() >= NEAREST && point.length() <= FARTHEST;
  }

  /** Joint angles that bring the tip to a point, or as near as the arm's reach allows. */
  static double[] joints(Point tip) {
    double distance = Math.max(NEAREST, Math.min(tip.length(), FARTHEST));
    double elbow = 2 * Math.acos(distance / (2 * LINK));
    double shoulder = Math.atan2(tip.y(), tip.x()) - elbow / 2;
    return new double[] {shoulder, elbow};
  }
}
