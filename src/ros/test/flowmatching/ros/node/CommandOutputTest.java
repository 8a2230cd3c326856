package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.control.CommandSink;
import flowmatching.control.CommandTrajectory;
import flowmatching.control.ControlClock;
import flowmatching.control.ControllerConfig;
import flowmatching.control.PolicyController;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.JointTrajectory;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandOutputTest {
  @Test
  void aCommandAllocatesItsMessageAndItsValuesAndNothingElse() {
    try (InProcessGraph graph = new InProcessGraph()) {
      RobotGraph node = graph.join(GraphNames.of("/", "policy"));
      graph.join(GraphNames.of("/", "robot"))
          .subscribe("/command", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {});
      CommandSink sink = new CommandOutput(node, SimulatedRobot.description()).sink();
      double[] command = {1, 2};
      publish(sink, command, 20_000);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long thread = Thread.currentThread().getId();
      long before = threads.getThreadAllocatedBytes(thread);
      publish(sink, command, 20_000);
      double bytes = (threads.getThreadAllocatedBytes(thread) - before) / 20_000.0;
      // A record of two references and an array of two doubles are 24 + 32 bytes.
      assertTrue(bytes < 64, bytes + " bytes a command");
    }
  }

  @Test
  void aTrajectoryAllocatesItsMessageAndItsPointsAndNothingElse() throws InterruptedException {
    try (InProcessGraph graph = new InProcessGraph()) {
      RobotGraph node = graph.join(GraphNames.of("/", "policy"));
      graph.join(GraphNames.of("/", "robot"))
          .subscribe("/command", JointTrajectory.TYPE, QualityOfService.DEFAULT, message -> {});
      RobotDescription plain = SimulatedRobot.description();
      RobotDescription robot = SimulatedRobot.description(
          SimulatedRobot.target(CommandTarget.Type.JOINT_TRAJECTORY), plain.actions().toArray(ActionJoint[]::new));
      CommandSink sink = new CommandOutput(node, robot).sink();
      CommandTrajectory trajectory = trajectory(robot, sink.lookahead());
      publish(sink, trajectory, 10_000);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long thread = Thread.currentThread().getId();
      long before = threads.getThreadAllocatedBytes(thread);
      publish(sink, trajectory, 10_000);
      double bytes = (threads.getThreadAllocatedBytes(thread) - before) / 10_000.0;
      // A point is a record of 32 bytes, a duration of 24 made by way of 24, and two arrays of 32; lists and header are less than 16
      // a point and 200.
      assertTrue(bytes < trajectory.size() * (32 + 2 * 24 + 2 * 32 + 16) + 200, bytes + " bytes for " + trajectory.size() + " points");
    }
  }

  /** One that a controller has made. */
  private static CommandTrajectory trajectory(RobotDescription robot, Duration lookahead) throws InterruptedException {
    BlockingQueue<CommandTrajectory> made = new LinkedBlockingQueue<>();
    CommandSink sink = new CommandSink() {
      @Override
      public Duration lookahead() {
        return lookahead;
      }

      @Override
      public void publish(double[] command, long stamp) {}

      @Override
      public void publish(CommandTrajectory trajectory, long stamp) {
        made.add(trajectory);
      }
    };
    ControllerConfig config = ControllerConfig.builder(robot.dimensions()).useSimTime(true).autostart(true).build();
    try (PolicyController controller =
        new PolicyController(config, ControlClock.system(), sink, chunk -> {}, Executors.defaultThreadFactory())) {
      controller.configure(new RampPolicy(0.1f, 2, List.of()));
      controller.onClock(0);
      controller.offerState(new float[2], 0);
      return made.take();
    }
  }

  private static void publish(CommandSink sink, CommandTrajectory trajectory, int count) {
    for (int i = 0; i < count; i++) {
      sink.publish(trajectory, i);
    }
  }

  private static void publish(CommandSink sink, double[] command, int count) {
    for (int i = 0; i < count; i++) {
      sink.publish(command, i);
    }
  }
}
