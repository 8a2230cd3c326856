package flowmatching.app.gazebo;

import flowmatching.app.EpisodeSeed;
import flowmatching.app.gazebo.TabletopArm.Tool;
import flowmatching.control.JointLimits;
import flowmatching.ros.message.Pose;
import flowmatching.ros.message.Position;
import flowmatching.ros.message.Quaternion;
import java.util.List;
import java.util.Random;

/** What is to be done at the table of {@code worlds/tabletop.sdf}: put the cube on the spot. Metres and radians. */
final class CubeTask {
  /** In words, as data sets keep it. */
  static final String SENTENCE = "put the red cube on the green spot";

  /** How long an episode may take, seconds of simulated time. */
  static final double LONGEST = 30;

  static final double[] HOME = TabletopArm.joints(new Tool(0.25, 0, 0.25, Math.PI, TabletopArm.OPEN));

  private static final double SPOT_X = 0.3;
  private static final double SPOT_Y = -0.2;

  /** The height of the cube's middle when it lies. */
  private static final double LYING = 0.02;

  /** The cube's middle is to be so near the spot's, and the cube to lie, not to be held. */
  private static final double NEAR = 0.03;
  private static final double FLAT = 0.005;
  private static final double RELEASED = 0.05;

  private static final double ABOVE = 0.1;
  /** Between the fixed jaw and the cube while the hand comes down; closing takes it up. */
  private static final double CLEARANCE = 0.008;
  /** Less than the cube's 0.04: the motor's force holds it. */
  private static final double CLOSED = 0.03;
  private static final double GRIP_SECONDS = 0.4;
  private static final double LOOK_SECONDS = 1;

  private CubeTask() {}

  /** Where the cube lies at the beginning; the same seed, the same place. */
  static Pose start(long seed) {
    Random random = EpisodeSeed.random(seed);
    while (true) {
      double radius = 0.22 + 0.18 * random.nextDouble();
      double angle = Math.toRadians(-25 + 95 * random.nextDouble());
      double x = radius * Math.cos(angle);
      double y = radius * Math.sin(angle);
      double yaw = Math.toRadians(90 * random.nextDouble() - 45);
      if (Math.hypot(x - SPOT_X, y - SPOT_Y) > 0.12) {
        return new Pose(new Position(x, y, LYING), Quaternion.ofYaw(yaw));
      }
    }
  }

  /** Whether it is done, as far as one moment shows. @param gripper how far the jaws are apart */
  static boolean done(Pose cube, double gripper) {
    Position at = cube.position();
    return Math.hypot(at.x() - SPOT_X, at.y() - SPOT_Y) < NEAR && Math.abs(at.z() - LYING) < FLAT && gripper > RELEASED;
  }

  /** What the expert does, who knows where the cube is. @param start the arm's joints */
  static JointPath solution(List<JointLimits> limits, double[] start, Pose cube) {
    Tool grasp = grasp(cube);
    Tool come = grasp.aside(-CLEARANCE);
    Tool held = come.with(CLOSED);
    double roll = TabletopArm.joints(grasp)[5];
    // The wrist is not turned on the way: the cube lies as it may.
    Tool place = new Tool(SPOT_X, SPOT_Y, LYING + 0.003, Math.atan2(SPOT_Y, SPOT_X) + Math.PI - roll, CLOSED);
    return new JointPath(limits, start)
        .to(TabletopArm.joints(come.above(ABOVE)))
        .to(TabletopArm.joints(come))
        .to(TabletopArm.joints(held)).rest(GRIP_SECONDS)
        .to(TabletopArm.joints(held.above(ABOVE)))
        .to(TabletopArm.joints(place.above(ABOVE)))
        .to(TabletopArm.joints(place))
        .to(TabletopArm.joints(place.with(TabletopArm.OPEN))).rest(GRIP_SECONDS)
        .to(TabletopArm.joints(place.with(TabletopArm.OPEN).above(ABOVE)))
        .to(HOME).rest(LOOK_SECONDS);
  }

  /** The jaws along two of the cube's sides, those for which the wrist turns least. */
  private static Tool grasp(Pose cube) {
    Tool best = null;
    for (int quarter = 0; quarter < 4; quarter++) {
      double yaw = cube.orientation().yaw() + quarter * Math.PI / 2;
      Tool tool = new Tool(cube.position().x(), cube.position().y(), LYING, yaw, TabletopArm.OPEN);
      if (best == null || Math.abs(TabletopArm.joints(tool)[5]) < Math.abs(TabletopArm.joints(best)[5])) {
        best = tool;
      }
    }
    return best;
  }

  /** Back to the beginning: opens the hand, then moves. */
  static JointPath home(List<JointLimits> limits, double[] start) {
    double[] opened = start.clone();
    opened[opened.length - 1] = TabletopArm.OPEN;
    return new JointPath(limits, start).to(opened).to(HOME);
  }
}
