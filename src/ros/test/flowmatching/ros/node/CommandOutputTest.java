package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.control.CommandSink;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Float64MultiArray;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

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

  private static void publish(CommandSink sink, double[] command, int count) {
    for (int i = 0; i < count; i++) {
      sink.publish(command, i);
    }
  }
}
