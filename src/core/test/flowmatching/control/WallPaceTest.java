package flowmatching.control;

import static flowmatching.control.FakePolicy.constant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WallPaceTest {
  private static final long MS = TestRobot.MS;
  private final TestRobot robot = TestRobot.active(TestRobot.config().build(), FakePolicy.always(constant(200, 1)));

  private WallPaceTest() {
    robot.tick(2);
  }

  @Test
  void waitsForTheDeadline() {
    robot.controller.step();
    robot.clock.advance(5 * MS);
    int before = robot.sink.size();
    assertEquals(15 * MS, robot.controller.step());
    assertEquals(before, robot.sink.size());
  }

  @Test
  void latenessDoesNotAddUp() {
    robot.controller.step();
    long first = robot.clock.now();
    int before = robot.sink.size();
    for (int tick = 0; tick < 100; tick++) {
      robot.clock.advance(robot.controller.step());
      robot.controller.offerState(robot.measured, robot.clock.now());
      robot.clock.advance(3 * MS); // the thread wakes late each time
      robot.controller.step();
      assertEquals(first + (tick + 1) * 20 * MS, robot.sink.stamps.get(before + tick), "stamped with its deadline");
    }
    assertTrue(robot.controller.latencies().get("publish_lateness").microseconds().getMaxValue() >= 3000);
    assertEquals(0, robot.count("tick.missed"));
  }

  @Test
  void missedDeadlinesAreCountedAndNotMadeUpFor() {
    robot.controller.step();
    int before = robot.sink.size();
    robot.clock.advance(115 * MS);
    robot.controller.step();
    assertEquals(before + 1, robot.sink.size());
    assertEquals(4, robot.count("tick.missed"));
    assertEquals(5 * MS, robot.controller.step(), "back on the grid");
  }

  @Test
  void anotherControlRateCountsFromTheNextDeadline() {
    robot.controller.step();
    robot.controller.retune(TestRobot.config().controlRate(100).build());
    robot.clock.advance(20 * MS);
    assertEquals(10 * MS, robot.controller.step());
  }
}
