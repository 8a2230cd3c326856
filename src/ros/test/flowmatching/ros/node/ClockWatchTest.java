package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.Counters;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
  private static final QualityOfService ALL = new QualityOfService(100, QualityOfService.Reliability.RELIABLE, QualityOfService.Durability.VOLATILE);

  private final InProcessGraph graph = new InProcessGraph();
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    graph.close();
  }

  private void look(ClockWatch watch, int times) {
    for (int i = 0; i < times; i++) {
      watch.look();
    }
  }

  private RobotGraph node(boolean simulatedTime) {
    return graph.join(GraphNames.of("/", "policy"), simulatedTime);
  }

  private ClockWatch watch(RobotGraph node) {
    node.subscribe("/rosout", Log.TYPE, ALL, line -> lines.add(line.msg()));
    return new ClockWatch(node.clock(), new NodeLog(node, new Counters()));
  }

  @Test
  void simulatedTimeThatStandsStillIsSaidOnceAndThatItGoesOn() {
    RobotGraph simulator = graph.join(GraphNames.of("/", "simulator"));
    Publisher<Clock> clock = simulator.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
    RobotGraph node = node(true);
    ClockWatch watch = watch(node);
    clock.publish(new Clock(Time.ofNanoseconds(1_000_000_000L)));
    Await.until("the time came", () -> node.clock().now() == 1_000_000_000L);
    look(watch, ClockWatch.PATIENCE);
    assertEquals(Optional.empty(), watch.trouble());
    look(watch, 3);
    assertTrue(watch.trouble().orElseThrow().startsWith("Time on /clock stands still"));
    clock.publish(new Clock(Time.ofNanoseconds(2_000_000_000L)));
    Await.until("the time came", () -> node.clock().now() == 2_000_000_000L);
    watch.look();
    assertEquals(Optional.empty(), watch.trouble());
    Await.until("two lines", () -> lines.size() == 2);
    assertEquals(List.of("Time on /clock stands still, and with it the commands: is the simulation paused, gone, or waiting for its first command?", "Time on /clock goes on."), lines);
  }

  @Test
  void thatThereIsNoTimeYetIsSaidWhereTimeIsSimulated() {
    ClockWatch watch = watch(node(true));
    assertTrue(watch.trouble().orElseThrow().startsWith("There is no time on /clock yet"));
    look(watch, ClockWatch.PATIENCE);
    Await.until("a line", () -> lines.size() == 1);
  }

  @Test
  void theSystemsTimeIsNeverInTrouble() {
    ClockWatch watch = watch(node(false));
    look(watch, 2 * ClockWatch.PATIENCE);
    assertEquals(Optional.empty(), watch.trouble());
    assertEquals(List.of(), lines);
  }
}
