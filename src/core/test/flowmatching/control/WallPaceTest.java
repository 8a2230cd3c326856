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

  @Test
  void aThreadThatIsHeldUpBetweenReadingTheClocksIsNoJump() {
    ManualClock time = new ManualClock();
    long[] pause = {0};
    ControlClock clock = new ControlClock() {
      @Override
      public long now() {
        time.advance(pause[0]); // between the two readings
        pause[0] = 0;
        return time.now();
      }

      @Override
      public long monotonic() {
        return time.monotonic();
      }
    };
    for (long held : new long[] {60 * MS, 300 * MS}) {
      PolicyController controller = PolicyController.withoutThreads(TestRobot.config().build(), clock, new RecordingSink(), chunk -> {});
      controller.step();
      pause[0] = held;
      for (int tick = 0; tick < 40; tick++) {
        time.advance(20 * MS);
        controller.step();
      }
      assertEquals(0, controller.counters().get("clock.jumped"), "held up for " + held / MS + " ms");
    }
  }
}
