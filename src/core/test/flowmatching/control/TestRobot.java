package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

/** A controller without threads, a clock that stands still, and a robot that follows its commands. */
final class TestRobot {
  static final long MS = 1_000_000;
  static final long PERIOD = 20 * MS;

  final ManualClock clock = new ManualClock();
  final RecordingSink sink = new RecordingSink();
  final List<TimedChunk> chunks = new ArrayList<>();
  final PolicyController controller;
  final FakePolicy policy;
  float[] measured;
  /** Whether inference is done at once. */
  boolean working = true;
  /** Whether the state arrives. */
  boolean measuring = true;

  TestRobot(ControllerConfig config, FakePolicy policy) {
    this(config, policy, null);
  }

  TestRobot(ControllerConfig config, FakePolicy policy, CommandSink other) {
    this.policy = policy;
    measured = new float[config.dimensions().size()];
    controller = PolicyController.withoutThreads(config, clock, other == null ? sink : other, chunks::add);
  }

  static ActionDimension joint(ActionKind kind, JointLimits limits) {
    return new ActionDimension("elbow", kind, 0, limits);
  }

  /** One absolute joint without limits, 50 commands a second. */
  static ControllerConfig.Builder config() {
    return ControllerConfig.builder(List.of(joint(ActionKind.ABSOLUTE, JointLimits.NONE)));
  }

  static TestRobot active(ControllerConfig config, FakePolicy policy) {
    TestRobot robot = new TestRobot(config, policy);
    robot.controller.configure(policy);
    robot.controller.activate("test");
    return robot;
  }

  /** The state arrives, a tick passes, inference follows, and the clock goes on by one period. */
  void tick() {
    if (measuring) {
      controller.offerState(measured, clock.now());
    }
    controller.step();
    if (working && controller.status().state() != ControllerState.UNCONFIGURED) {
      work();
    }
    clock.advance(PERIOD);
  }

  void tick(int times) {
    for (int i = 0; i < times; i++) {
      tick();
    }
  }

  /** Runs what the worker thread would. */
  void work() {
    while (controller.worker().step()) {
      continue;
    }
  }

  long count(String name) {
    return controller.counters().get(name);
  }

  void assertState(ControllerState expected) {
    assertEquals(expected, controller.status().state(), controller.status().toString());
  }

  String reason() {
    return controller.status().reason();
  }
}
