package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.policy.ActionChunk;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TickAllocationTest {
  private static final int JOINTS = 8;
  private static final int TICKS = 10_000;
  /** The compiler charges some bytes to the thread whose code it replaces; what a tick allocates shows in each round. */
  private static final int ROUNDS = 20;

  private final ManualClock clock = new ManualClock();
  private final AtomicLong rounds = new AtomicLong();
  private long published;

  @ParameterizedTest
  @ValueSource(longs = {0, 300})
  void ticksAllocateNothingWhileChunksArriveAndTheGuardClamps(long lookahead) throws InterruptedException {
    PolicyController controller = lookahead == 0
        ? controller((command, stamp) -> published++, ActionKind.values())
        : controller(sink(Duration.ofMillis(lookahead)), ActionKind.ABSOLUTE, ActionKind.GRIPPER);
    Thread others = new Thread(() -> {
      while (!Thread.currentThread().isInterrupted()) {
        controller.offerState(new float[JOINTS], clock.now());
        controller.worker().step();
        rounds.incrementAndGet();
        Thread.yield();
      }
    });
    others.setDaemon(true);
    others.start();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > 0; round++) {
      long accepted = controller.counters().get("chunk.accepted");
      long clamped = controller.counters().get("guard.clamped");
      long before = threads.getThreadAllocatedBytes(self);
      tick(controller);
      least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
      assertTrue(controller.counters().get("chunk.accepted") > accepted + 50, controller.counters().toString());
      assertTrue(controller.counters().get("guard.clamped") > clamped + 1000, controller.counters().toString());
    }
    others.interrupt();
    others.join();
    assertEquals(0, least, "bytes in " + TICKS + " ticks");
    assertTrue(published > TICKS / 2, "published " + published);
  }

  private CommandSink sink(Duration lookahead) {
    return new CommandSink() {
      @Override
      public Duration lookahead() {
        return lookahead;
      }

      @Override
      public void publish(double[] command, long stamp) {
        throw new AssertionError("a command instead of a trajectory");
      }

      @Override
      public void publish(CommandTrajectory trajectory, long stamp) {
        published += trajectory.size() > 2 ? 1 : 0;
      }
    };
  }

  private PolicyController controller(CommandSink sink, ActionKind... kinds) {
    List<ActionDimension> dimensions = new ArrayList<>();
    for (int i = 0; i < JOINTS; i++) {
      dimensions.add(new ActionDimension("joint" + i, kinds[i % kinds.length], i, new JointLimits(-0.5, 0.5, 0.3, 2)));
    }
    float[] values = new float[20 * JOINTS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 1.7);
    }
    FakePolicy policy = FakePolicy.of(JOINTS, seen -> new ActionChunk(20, JOINTS, values));
    PolicyController controller = PolicyController.withoutThreads(
        ControllerConfig.builder(dimensions).build(), clock, sink, chunk -> {});
    controller.configure(policy);
    controller.activate("test");
    return controller;
  }

  private void tick(PolicyController controller) {
    for (int i = 0; i < TICKS; i++) {
      controller.step();
      clock.advance(20_000_000);
      if (i % 10 == 0) {
        for (long seen = rounds.get(); rounds.get() < seen + 2; ) {
          Thread.yield(); // so that no round depends on which thread the machine favours
        }
      }
    }
  }
}
