package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.control.Counters;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Log;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeLogTest {
  private static final QualityOfService LATE = new QualityOfService(1000, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL);

  private final InProcessGraph graph = new InProcessGraph();
  private final Counters counters = new Counters();
  private final NodeLog log = new NodeLog(graph.join(GraphNames.of("/left", "policy")), counters);

  @AfterEach
  void close() {
    graph.close();
  }

  /** What a node hears that comes when everything is said. */
  private List<Log> rosout(int count) {
    List<Log> lines = Collections.synchronizedList(new ArrayList<>());
    graph.join(GraphNames.of("/", "late")).subscribe("/rosout", Log.TYPE, LATE, lines::add);
    Await.until(count + " lines came", () -> lines.size() >= count);
    assertEquals(count, lines.size());
    return lines;
  }

  @Test
  void everyLineReachesTheGraphWithItsLevelNodeAndPlace() {
    log.info("one");
    log.warn("two");
    log.error("three");
    List<Log> lines = rosout(3);
    assertEquals(List.of("one", "two", "three"), lines.stream().map(Log::msg).toList());
    assertEquals(List.of(Log.INFO, Log.WARN, Log.ERROR), lines.stream().map(Log::level).toList());
    Log line = lines.get(0);
    assertEquals("left.policy", line.name());
    assertEquals("NodeLogTest.java", line.file());
    assertEquals("everyLineReachesTheGraphWithItsLevelNodeAndPlace", line.function());
    assertTrue(line.line() > 0);
    assertEquals(System.currentTimeMillis() * 1e6, line.stamp().toNanoseconds(), 60e9);
  }

  @Test
  void aStatusIsSaidOnce() {
    ControllerStatus active = new ControllerStatus(ControllerState.ACTIVE, "~/enable was called", false);
    log.status(active, false);
    log.status(new ControllerStatus(ControllerState.ACTIVE, "~/enable was called", false), false);
    log.status(new ControllerStatus(ControllerState.HOLDING, "no picture", false), false);
    log.status(new ControllerStatus(ControllerState.STOPPING, "pressed", true), false);
    log.status(active, false);
    List<Log> lines = rosout(4);
    assertEquals("ACTIVE (~/enable was called): The policy commands the robot.", lines.get(0).msg());
    assertEquals(List.of(Log.INFO, Log.WARN, Log.ERROR, Log.INFO), lines.stream().map(Log::level).toList());
  }

  @Test
  void thatCommandsBeginToBePublishedIsSaid() {
    ControllerStatus active = new ControllerStatus(ControllerState.ACTIVE, "autostart", false);
    log.status(active, true);
    log.status(active, true);
    log.status(active, false);
    assertEquals(List.of("ACTIVE (autostart): The policy runs in shadow: no command is published.", "ACTIVE (autostart): The policy commands the robot."),
        rosout(2).stream().map(Log::msg).toList());
  }

  @Test
  void aHoldAfterAJumpOfTheClockIsSaidExceptWhereASimulationWasReset() {
    ControllerStatus active = new ControllerStatus(ControllerState.ACTIVE, "autostart", false);
    try (NodeLog simulated = new NodeLog(graph.join(GraphNames.of("/", "simulated"), true), counters)) {
      for (NodeLog each : List.of(simulated, log)) {
        each.status(active, false);
        each.status(ControllerStatus.CLOCK_JUMPED, false);
        each.status(active, false);
      }
      List<Log> lines = rosout(4);
      assertEquals(List.of(Log.INFO), lines.stream().filter(line -> line.name().equals("simulated")).map(Log::level).toList());
      assertEquals(List.of(Log.INFO, Log.WARN, Log.INFO), lines.stream().filter(line -> line.name().equals("left.policy")).map(Log::level).toList());
    }
  }

  @Test
  void aFloodOfRequestsIsCountedInsteadOfWritten() {
    for (int i = 0; i < 10_000; i++) {
      log.onRequest(Level.WARN, "refused " + i);
    }
    long suppressed = counters.snapshot().get("log.suppressed");
    assertTrue(suppressed > 9_000, suppressed + " suppressed");
    log.info("still here");
    List<Log> lines = rosout((int) (10_000 - suppressed) + 1);
    assertEquals("refused 9", lines.get(9).msg());
    assertEquals("still here", lines.get(lines.size() - 1).msg());
  }

  @Test
  void aLineStaysOneLineWhateverItHolds() {
    log.info("a\nb\r\u001b[31m{} %s");
    assertEquals("a b  [31m{} %s", rosout(1).get(0).msg());
  }
}
