package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CommandTrajectoryTest {
  private static final long SECOND = 1_000_000_000;

  private static CommandTrajectory braking() {
    CommandTrajectory trajectory = new CommandTrajectory(3, 1);
    trajectory.add(0);
    trajectory.set(0, 1, 4);
    trajectory.add(2 * SECOND);
    trajectory.set(0, 1 + 4, 0);
    trajectory.add(3 * SECOND);
    trajectory.set(0, 5, 0);
    return trajectory;
  }

  @Test
  void betweenPointsAJointMovesWithConstantAcceleration() {
    CommandTrajectory trajectory = braking();
    for (double t : new double[] {0, 0.1, 0.5, 1, 1.99, 2}) {
      assertEquals(1 + 4 * t - t * t, trajectory.positionAt((long) (t * SECOND), 0), 1e-12);
      assertEquals(4 - 2 * t, trajectory.velocityAt((long) (t * SECOND), 0), 1e-12);
    }
  }

  @Test
  void afterItsEndItStaysWhereItEnded() {
    CommandTrajectory trajectory = braking();
    for (long time : new long[] {2 * SECOND, 2 * SECOND + 1, 3 * SECOND, Long.MAX_VALUE}) {
      assertEquals(5, trajectory.positionAt(time, 0));
      assertEquals(0, trajectory.velocityAt(time, 0), 0.0);
    }
  }

  @Test
  void aStepBetweenTwoStandsIsTakenSmoothly() {
    CommandTrajectory trajectory = new CommandTrajectory(2, 1);
    trajectory.add(0);
    trajectory.set(0, 0, 0);
    trajectory.add(SECOND);
    trajectory.set(0, 1, 0);
    assertEquals(0.5, trajectory.positionAt(SECOND / 2, 0), 1e-12);
    assertEquals(0.15625, trajectory.positionAt(SECOND / 4, 0), 1e-12);
  }
}
