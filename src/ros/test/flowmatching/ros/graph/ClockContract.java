package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Clocks: the time of day, or what the clock topic says. */
interface ClockContract extends ContractNodes {
  @Test
  default void simulatedTimeIsWhatTheClockTopicSaysAlsoZero() {
    RobotGraph node = node(GraphNames.of("/", "node"), true);
    Set<Long> steps = Collections.synchronizedSet(new LinkedHashSet<>());
    node.clock().onStep(steps::add);
    assertTrue(node.clock().simulated());
    assertFalse(node.clock().started());
    assertEquals(0, node.clock().now());
    Publisher<Clock> clock = node("simulator").advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
    awaitSubscriptions(1, clock);
    for (long time : new long[] {0, 20_000_000, 5_000_000}) {
      Await.until("the clock shows " + time, () -> {
        clock.publish(new Clock(Time.ofNanoseconds(time))); // again and again: clocks take the newest, and nobody sends a lost one again
        return node.clock().started() && node.clock().now() == time;
      });
    }
    Await.value(List.of(0L, 20_000_000L, 5_000_000L), () -> List.copyOf(steps));
  }

  @Test
  default void theSystemsTimeIsTheTimeOfDay() {
    GraphClock clock = node("node").clock();
    assertFalse(clock.simulated());
    assertTrue(clock.started());
    long before = System.currentTimeMillis();
    long now = clock.now() / 1_000_000;
    assertTrue(before <= now && now <= System.currentTimeMillis(), now + " ms, and it was " + before + " before");
    assertNotEquals(0, clock.monotonic());
  }


  @Test
  default void everyListenerOfAClockIsToldUntilItIsClosed() {
    RobotGraph node = node(GraphNames.of("/", "node"), true);
    List<Long> first = Collections.synchronizedList(new ArrayList<>());
    List<Long> second = Collections.synchronizedList(new ArrayList<>());
    Endpoint closed = node.clock().onStep(first::add);
    node.clock().onStep(second::add);
    Publisher<Clock> clock = node("simulator").advertise("/clock", Clock.TYPE, RELIABLE_100);
    awaitSubscriptions(1, clock);
    Await.until("the clock shows 1", () -> {
      clock.publish(new Clock(Time.ofNanoseconds(1)));
      return second.contains(1L);
    });
    closed.close();
    Await.until("the clock shows 2", () -> {
      clock.publish(new Clock(Time.ofNanoseconds(2)));
      return second.contains(2L);
    });
    assertTrue(first.contains(1L));
    assertFalse(first.contains(2L));
  }

  @Test
  default void aListenerOfAClockThatThrowsKeepsNothingFromTheOthers() {
    RobotGraph node = node(GraphNames.of("/", "node"), true);
    List<Long> told = Collections.synchronizedList(new ArrayList<>());
    node.clock().onStep(time -> {
      throw new IllegalStateException("on purpose");
    });
    node.clock().onStep(told::add);
    Publisher<Clock> clock = node("simulator").advertise("/clock", Clock.TYPE, RELIABLE_100);
    awaitSubscriptions(1, clock);
    Await.until("the clock shows 1", () -> {
      clock.publish(new Clock(Time.ofNanoseconds(1)));
      return told.contains(1L);
    });
  }
}
