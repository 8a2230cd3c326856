package flowmatching.app.gazebo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.app.gazebo.TabletopArm.Tool;
import flowmatching.control.JointLimits;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.Pose;
import flowmatching.ros.message.Position;
import flowmatching.ros.message.Quaternion;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.robot.RobotFile;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The expert's geometry and paths, against the arm's description and the robot file's limits. */
class CubeTaskTest {
  private static final int SEEDS = 300;
  private static final List<JointLimits> LIMITS =
      RobotFile.read(TestData.home().resolve("config/robots/gazebo_arm.yaml")).actions().stream().map(ActionJoint::limits).toList();

  private final Urdf arm = Urdf.read();

  @Test
  void theToolIsWhereTheJointsPutItByTheArmsDescription() {
    for (double x = 0.1; x <= 0.4; x += 0.1) {
      for (double y = -0.2; y <= 0.2; y += 0.1) {
        for (double yaw = -3; yaw <= 3; yaw += 0.5) {
          double[] joints = TabletopArm.joints(new Tool(x, y, 0.05, yaw, 0.06));
          Urdf.Frame hand = arm.frame("hand", joints);
          assertArrayEquals(new double[] {x, y, 0.05}, hand.point(0, 0, 0.115), 1e-12);
          double[] opening = {hand.axes()[0][0], hand.axes()[1][0], hand.axes()[2][0]};
          assertArrayEquals(new double[] {Math.cos(yaw), Math.sin(yaw), 0}, opening, 1e-12);
          assertEquals(-1, hand.axes()[2][2], 1e-12, "the hand points down");
        }
      }
    }
  }

  @Test
  void theJawsAreAsFarApartAsTheGrippersPositionAndTheToolPointIsInTheMiddleOfACube() {
    double[] joints = CubeTask.HOME.clone();
    joints[6] = 0.04;
    double fixed = arm.frame("hand", joints).point(0, 0, 0)[0] - (arm.frame("fixed_jaw", joints).point(-0.025 + 0.005, 0, 0)[0]);
    double moving = arm.frame("hand", joints).point(0, 0, 0)[0] - arm.frame("moving_jaw", joints).point(0, 0, 0)[0];
    assertEquals(-0.02, -fixed * Math.signum(fixed - moving), 1e-12);
    assertEquals(0.04, Math.abs(moving - fixed), 1e-12);
  }

  @Test
  void whatIsOutOfReachIsRefused() {
    assertThrows(BadInputException.class, () -> TabletopArm.joints(new Tool(0.7, 0, 0.05, 0, 0)));
  }

  @Test
  void thePathsOfAllSeedsKeepTheRobotFilesLimits() {
    for (int seed = 0; seed < SEEDS; seed++) {
      JointPath path = CubeTask.solution(LIMITS, CubeTask.HOME, CubeTask.start(seed));
      assertTrue(path.seconds() < CubeTask.LONGEST, () -> path.seconds() + " s");
      double[] before = path.velocities(0);
      double step = 0.002;
      for (double time = step; time < path.seconds(); time += step) {
        double[] positions = path.positions(time);
        double[] velocities = path.velocities(time);
        for (int i = 0; i < positions.length; i++) {
          JointLimits limits = LIMITS.get(i);
          String where = "seed " + seed + ", " + TabletopArm.JOINTS.get(i) + " at " + time;
          assertTrue(positions[i] >= limits.minPosition() && positions[i] <= limits.maxPosition(), where);
          assertTrue(Math.abs(velocities[i]) <= limits.maxVelocity(), where);
          assertTrue(Math.abs(velocities[i] - before[i]) / step <= limits.maxAcceleration(), where);
        }
        before = velocities;
      }
    }
  }

  @Test
  void theHandStaysAboveTheTable() {
    for (int seed = 0; seed < SEEDS; seed++) {
      JointPath path = CubeTask.solution(LIMITS, CubeTask.HOME, CubeTask.start(seed));
      for (double time = 0; time < path.seconds(); time += 0.02) {
        double tip = arm.frame("moving_jaw", path.positions(time)).point(0, 0, 0.07)[2];
        assertTrue(tip > 0.003, "seed " + seed + ": " + tip + " at " + time);
      }
    }
  }

  @Test
  void aTrajectoryLeadsFromNowToRestAtTheNextPlace() {
    JointPath path = new JointPath(LIMITS, CubeTask.HOME).to(TabletopArm.joints(new Tool(0.3, 0.1, 0.1, 0.3, 0.02)));
    JointTrajectory message = path.trajectory(TabletopArm.JOINTS, 0.31, 5_000_000_000L);
    assertEquals(5_000_000_000L, message.header().stamp().toNanoseconds());
    assertArrayEquals(path.positions(0.31), message.points().get(0).positions(), 1e-12);
    assertArrayEquals(path.velocities(0.31), message.points().get(0).velocities(), 1e-12);
    JointTrajectoryPoint last = message.points().get(message.points().size() - 1);
    assertArrayEquals(new double[7], last.velocities(), 1e-9);
    assertEquals(path.seconds() - 0.31, last.timeFromStart().toNanoseconds() * 1e-9, 1e-8);
    long before = -1;
    for (JointTrajectoryPoint point : message.points()) {
      assertTrue(point.timeFromStart().toNanoseconds() > before);
      before = point.timeFromStart().toNanoseconds();
    }
  }

  @Test
  void onlyACubeThatLiesOnTheSpotAndIsLetGoIsDone() {
    Quaternion upright = Quaternion.ofYaw(0.3);
    assertTrue(CubeTask.done(new Pose(new Position(0.31, -0.19, 0.02), upright), 0.08));
    assertTrue(!CubeTask.done(new Pose(new Position(0.31, -0.19, 0.02), upright), 0.04), "held");
    assertTrue(!CubeTask.done(new Pose(new Position(0.31, -0.19, 0.1), upright), 0.08), "in the air");
    assertTrue(!CubeTask.done(new Pose(new Position(0.35, -0.19, 0.02), upright), 0.08), "beside it");
    for (int seed = 0; seed < SEEDS; seed++) {
      assertTrue(!CubeTask.done(CubeTask.start(seed), 0.08), "at the beginning");
    }
  }
}
