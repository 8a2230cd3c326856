package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.policy.ActionChunk;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ControllerThreadsTest {
  private static final ThreadFactory DAEMONS = task -> {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  };

  private final RecordingSink sink = new RecordingSink();

  private PolicyController controller(ControllerConfig config) {
    return new PolicyController(config, ControlClock.system(), sink, chunk -> {}, DAEMONS);
  }

  /** No test passes by being quick: what is waited for happens, or the test's time limit ends it. */
  private static void await(PolicyController controller, BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      controller.offerState(new float[1], 0);
      Thread.sleep(2);
    }
  }

  private static ControllerConfig.Builder config() {
    return TestRobot.config().controlRate(200).policyTimeout(Duration.ofMillis(300)).autostart(true);
  }

  @Test
  void commandsGoOnWhileThePolicyThinks() throws InterruptedException {
    CountDownLatch second = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    FakePolicy policy = FakePolicy.of(1, seen -> {
      if (asked.incrementAndGet() == 2) {
        second.countDown();
        awaitUninterrupted(release);
      }
      return FakePolicy.constant(100, asked.get());
    });
    try (PolicyController controller = controller(config().executionHorizon(1).build())) {
      controller.configure(policy);
      await(controller, () -> second.getCount() == 0);
      int before = sink.size();
      await(controller, () -> sink.size() >= before + 20);
      assertEquals(1, sink.last(), "the first chunk is played during the second inference");
      release.countDown();
      await(controller, () -> sink.last() >= 2);
    }
    assertTrue(policy.closed);
    assertNotSame(Thread.currentThread(), policy.closedBy, "the worker closes the policy");
  }

  @Test
  void aPolicyThatNeverReturnsIsHeldAndClosingDoesNotHang() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    FakePolicy policy = FakePolicy.of(1, seen -> {
      if (asked.incrementAndGet() > 1) {
        awaitUninterrupted(never);
      }
      return new ActionChunk(2, 1, new float[] {3, 3});
    });
    PolicyController controller = controller(config().build());
    controller.configure(policy);
    await(controller, () -> controller.status().toString().startsWith("HOLDING (no chunk"));
    int before = sink.size();
    await(controller, () -> sink.size() >= before + 10);
    assertEquals(3, sink.last());
    controller.close();
    assertEquals(ControllerState.UNCONFIGURED, controller.status().state());
    assertFalse(policy.closed, "its memory is not taken away under it");
    never.countDown();
    while (!policy.closed) {
      Thread.sleep(2);
    }
  }

  @Test
  void closingBringsARollingRobotToRest() throws InterruptedException {
    ControllerConfig config = ControllerConfig
        .builder(List.of(TestRobot.joint(ActionKind.VELOCITY, new JointLimits(-1e6, 1e6, 10, 20))))
        .controlRate(200).autostart(true).build();
    PolicyController controller = controller(config);
    controller.configure(FakePolicy.always(FakePolicy.constant(100, 1)));
    await(controller, () -> sink.size() > 0 && sink.last() >= 1);
    controller.close();
    assertEquals(0, sink.last());
    assertTrue(sink.commands.stream().anyMatch(command -> command[0] > 0.3 && command[0] < 0.7), "gently");
  }

  @Test
  void aSimulatorInLockStepIsServedByTheThreads() throws InterruptedException {
    CountDownLatch[] answered = new CountDownLatch[50];
    for (int i = 0; i < answered.length; i++) {
      answered[i] = new CountDownLatch(1);
    }
    ControllerConfig config = TestRobot.config().controlRate(10).useSimTime(true).autostart(true).build();
    CommandSink simulator = (command, stamp) -> answered[(int) (stamp / 100_000_000L)].countDown();
    try (PolicyController controller = new PolicyController(config, ControlClock.system(), simulator, chunk -> {}, DAEMONS)) {
      controller.configure(FakePolicy.always(FakePolicy.constant(8, 1)));
      for (int step = 0; step < answered.length; step++) {
        controller.onClock(step * 100_000_000L);
        controller.offerState(new float[1], step * 100_000_000L);
        assertTrue(answered[step].await(20, TimeUnit.SECONDS), "step " + step + ": " + controller.status());
      }
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // a native call would not notice either
      }
    }
  }
}
