package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ActionKind;
import flowmatching.control.Gripper;
import flowmatching.control.JointLimits;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.cdr.MessageCodec;
import flowmatching.ros.graph.Await;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TrajectoryCommandTest {
  private static final double ACCELERATION = 5;
  private static final long MS = 1_000_000;
  private static final long LATENCY = 3 * MS;
  private static final long UPDATE = 2 * MS;
  private static final double CLOSE_AT = 0.6;

  private final MessageCodec<JointTrajectory> codec = new MessageCodec<>("trajectory_msgs/msg/JointTrajectory", JointTrajectory.class);
  private final SimulatedTrajectoryController controller = new SimulatedTrajectoryController(1, 0);

  /** The shoulder swings, the gripper closes once; ten actions a second, one chunk for ten seconds. */
  private static final class Swing implements ChunkPolicy {
    static double shoulder(double seconds) {
      return 1.4 - 0.4 * Math.cos(1.5 * seconds);
    }

    @Override
    public PolicySpec spec() {
      return new PolicySpec(List.of(RampPolicy.camera(RampPolicy.CAMERA)), 0, 2, 2, 100, OptionalDouble.of(10));
    }

    @Override
    public void reset() {}

    @Override
    public ActionChunk predict(Observation observation, ActionPrefix prefix) {
      float[] values = new float[200];
      for (int k = 0; k < 100; k++) {
        values[2 * k] = (float) shoulder(k * 0.1);
        values[2 * k + 1] = k * 0.1 < CLOSE_AT ? 0 : 1;
      }
      return new ActionChunk(100, 2, values);
    }

    @Override
    public void close() {}
  }

  private static SimulatedRobot robot() {
    JointLimits limits = new JointLimits(-3, 3, 2, ACCELERATION);
    RobotDescription description = SimulatedRobot.description(
        SimulatedRobot.target(CommandTarget.Type.JOINT_TRAJECTORY),
        new ActionJoint("shoulder", ActionKind.ABSOLUTE, UnitConversion.NONE, limits),
        new ActionJoint("elbow", ActionKind.GRIPPER, UnitConversion.NONE, JointLimits.NONE, new Gripper(0.3, 0.7, 0, 0.8)));
    return new SimulatedRobot(description, new Swing(), Map.of("autostart", true, "execution_horizon", 100));
  }

  /** A step of the clock, and what answers it, as it comes over the wire. */
  private JointTrajectory step(SimulatedRobot robot, List<JointTrajectory> messages) {
    int before = messages.size();
    robot.step();
    Await.until("a trajectory came, " + robot.node.status(), () -> messages.size() > before);
    return codec.read(codec.write(messages.get(before)));
  }

  /** Lets the controller's loop run, checks that it never accelerates beyond the limit, and says when it ran last. */
  private long run(long from, long until) {
    long now = from;
    for (; now < until; now += UPDATE) {
      double before = controller.velocities[0];
      controller.update(now);
      // A message that is on its way for a while may change the acceleration later by that.
      double most = ACCELERATION * (UPDATE + LATENCY) * 1e-9;
      assertEquals(before, controller.velocities[0], most, "velocity at " + now);
    }
    return now - UPDATE;
  }

  @Test
  void aTrajectoryControllerFollowsTheChunkAndStopsWhenMessagesStop() {
    try (SimulatedRobot robot = robot()) {
      List<JointTrajectory> messages = robot.collect("/command", JointTrajectory.TYPE);
      double farthest = 0;
      for (int k = 0; k < 90; k++) {
        JointTrajectory message = step(robot, messages);
        controller.receive(message, robot.time + LATENCY);
        long last = run(robot.time + LATENCY, robot.time + SimulatedRobot.PERIOD + LATENCY);
        // A command is approached for a period and met half a period later.
        double commanded = Math.max(0, (last - 1.5 * SimulatedRobot.PERIOD) * 1e-9);
        farthest = Math.max(farthest, Math.abs(controller.positions[0] - Swing.shoulder(commanded)));
      }
      assertEquals(0, controller.refused);
      // The chord of a swing between two actions is off by 0.9 / 8 * 0.1^2, the rounding of its corners is less.
      assertTrue(farthest < 1.5e-3, "off by " + farthest);
      assertEquals(0.8, controller.positions[1], 1e-9, "closed");
      assertTrue(Math.abs(controller.velocities[0]) > 0.2, "in mid-motion: " + controller.velocities[0]);
      long silent = robot.time + SimulatedRobot.PERIOD + LATENCY;
      run(silent, silent + 200 * MS);
      assertTrue(Math.abs(controller.velocities[0]) > 0.1, "it goes on for the window");
      run(silent + 200 * MS, silent + 600 * MS);
      assertEquals(0, controller.velocities[0], 0.0);
      double[] rest = controller.positions.clone();
      run(silent + 600 * MS, silent + 2000 * MS);
      assertArrayEquals(rest, controller.positions);
    }
  }

  @Test
  void aMessageIsStampedWithItsTickAndReachesBeyondTheWindowToRest() {
    try (SimulatedRobot robot = robot()) {
      List<JointTrajectory> messages = robot.collect("/command", JointTrajectory.TYPE);
      for (int k = 0; k < 20; k++) {
        JointTrajectory message = step(robot, messages);
        assertEquals(k * SimulatedRobot.PERIOD, message.header().stamp().toNanoseconds());
        assertEquals(List.of("shoulder", "elbow"), message.jointNames());
        for (int j = 0; j <= 15; j++) {
          assertEquals(j * SimulatedRobot.PERIOD, message.points().get(j).timeFromStart().toNanoseconds());
        }
        JointTrajectoryPoint last = message.points().get(message.points().size() - 1);
        assertArrayEquals(new double[2], last.velocities(), 0.0);
        assertEquals(0, last.accelerations().length + last.effort().length);
      }
    }
  }

  @Test
  void theGripperClosesAheadOfTimeInTheMessageAndOnTimeOnTheRobot() {
    try (SimulatedRobot robot = robot()) {
      List<JointTrajectory> messages = robot.collect("/command", JointTrajectory.TYPE);
      int close = (int) Math.round(CLOSE_AT * 1e9 / SimulatedRobot.PERIOD);
      for (int k = 0; k < close + 3; k++) {
        List<JointTrajectoryPoint> points = step(robot, messages).points();
        for (int j = 0; j <= 15; j++) {
          assertEquals(k + j <= close ? 0 : 0.8, points.get(j).positions()[1], 0.0, "point " + j + " of step " + k);
          assertEquals(0, points.get(j).velocities()[1], 0.0);
        }
      }
    }
  }

  @Test
  void aStopLeadsToRestInOneMessage() {
    try (SimulatedRobot robot = robot()) {
      List<JointTrajectory> messages = robot.collect("/command", JointTrajectory.TYPE);
      for (int k = 0; k < 40; k++) {
        controller.receive(step(robot, messages), robot.time);
        run(robot.time, robot.time + SimulatedRobot.PERIOD);
      }
      double speed = controller.velocities[0];
      assertTrue(robot.call("emergency_stop").success());
      controller.receive(step(robot, messages), robot.time);
      robot.node.close(); // what follows is not needed
      long braking = (long) (speed / ACCELERATION * 1e9);
      run(robot.time, robot.time + braking + SimulatedRobot.PERIOD);
      assertTrue(speed > 0.3, "in motion: " + speed);
      assertEquals(0, controller.velocities[0], 0.0);
    }
  }

  @Test
  void aControllerWhoseClockIsAheadByMoreThanTheTrajectoryTakesNone() {
    try (SimulatedRobot robot = robot()) {
      List<JointTrajectory> messages = robot.collect("/command", JointTrajectory.TYPE);
      step(robot, messages); // at time 0 it has no stamp
      for (int k = 0; k < 40; k++) {
        JointTrajectory message = step(robot, messages);
        controller.receive(message, robot.time + 250 * MS);
        assertEquals(0, controller.refused, "within the window it is taken");
        SimulatedTrajectoryController ahead = new SimulatedTrajectoryController(1, 0);
        ahead.receive(message, robot.time + 600 * MS);
        assertEquals(1, ahead.refused);
      }
    }
  }
}
