package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.policy.ActionChunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActionQueueTest {
  private static final long MS = 1_000_000;
  private final Counters counters = new Counters();
  private final double[] command = new double[1];

  private static List<ActionDimension> dimensions(ActionKind... kinds) {
    List<ActionDimension> dimensions = new ArrayList<>();
    for (int i = 0; i < kinds.length; i++) {
      dimensions.add(new ActionDimension("joint" + i, kinds[i], ActionDimension.NOT_MEASURED, JointLimits.NONE));
    }
    return dimensions;
  }

  private static ControllerConfig config(ActionKind... kinds) {
    return ControllerConfig.builder(dimensions(kinds)).build();
  }

  private static TimedChunk chunk(
      ControllerConfig config, long observed, double rate, int epoch, long sequence, float... values) {
    int size = config.dimensions().size();
    return new TimedChunk(
        new ActionChunk(values.length / size, size, values), observed, rate, epoch, sequence, 0, config.dimensions());
  }

  private long count(String name) {
    return counters.snapshot().get(name);
  }

  @Test
  void absoluteActionsAreInterpolatedLinearly() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0, 1, 3));
    queue.accept(0, config);
    for (double[] expected : new double[][] {{0, 0}, {25, 0.25}, {100, 1}, {150, 2}, {200, 3}, {299, 3}}) {
      assertTrue(queue.sample((long) expected[0] * MS, 20 * MS, config, command));
      assertEquals(expected[1], command[0], 1e-6);
    }
    assertFalse(queue.sample(300 * MS, 20 * MS, config, command), "the last action lasts until the next would begin");
  }

  @Test
  void aFirstActionIsUsedBeforeItsInstant() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 50 * MS, 10, 0, 1, 2, 4));
    queue.accept(0, config);
    assertTrue(queue.sample(0, 20 * MS, config, command));
    assertEquals(2, command[0]);
  }

  @Test
  void actionsThatHavePassedAreDroppedAndCounted() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0, 1, 2, 3, 4));
    queue.accept(250 * MS, config);
    assertTrue(queue.sample(250 * MS, 20 * MS, config, command));
    assertEquals(2.5, command[0], 1e-6);
    assertEquals(2, count("action.dropped.late"));
  }

  @Test
  void aChunkThatHasPassedAltogetherIsRefused() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0, 1, 2));
    queue.accept(300 * MS, config);
    assertTrue(queue.isEmpty(300 * MS));
    assertEquals(1, count("chunk.refused.late"));
  }

  @Test
  void aNewChunkFadesInOverTheOldOne() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    queue.accept(0, config);
    queue.offer(chunk(config, 200 * MS, 10, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1));
    queue.accept(300 * MS, config);
    double[][] expected = {{300, 0}, {320, 0.2}, {350, 0.5}, {399, 0.99}, {400, 1}, {500, 1}};
    for (double[] each : expected) {
      queue.sample((long) each[0] * MS, 20 * MS, config, command);
      assertEquals(each[1], command[0], 1e-6, "at " + each[0] + " ms");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 200})
  void aChunkThatComesDuringAFadeBeginsWhereThatHasLed(int every) {
    ControllerConfig config = ControllerConfig.builder(dimensions(ActionKind.ABSOLUTE)).fade(Duration.ofMillis(500)).build();
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, new float[30]));
    queue.accept(0, config);
    double last = 0;
    for (int now = 0; now < 2000; now += 20) {
      if (now >= 400 && now % every == 0) {
        queue.offer(chunk(config, now * MS, 10, 0, now, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
      }
      queue.accept(now * MS, config);
      queue.sample(now * MS, 20 * MS, config, command);
      assertTrue(command[0] >= last && command[0] - last < 0.2, "from " + last + " to " + command[0] + " at " + now + " ms");
      last = command[0];
    }
    assertEquals(1, last, 1e-6);
  }

  @ParameterizedTest
  @EnumSource(names = {"DELTA", "VELOCITY"})
  void anEvenMotionStaysEvenWhereChunksEndWhileTheyFade(ActionKind kind) {
    ControllerConfig config = config(kind);
    ActionQueue queue = new ActionQueue(1, counters);
    for (int tick = 0; tick < 40; tick++) {
      long now = tick * 20 * MS;
      if (tick % 8 == 0) { // seen 100 ms ago, and over 40 ms after the next has come
        queue.offer(chunk(config, now - 100 * MS, 10, 0, tick, 1, 1, 1));
      }
      queue.accept(now, config);
      assertTrue(queue.sample(now, 20 * MS, config, command));
      assertEquals(kind == ActionKind.DELTA ? 0.2 : 1, command[0], 1e-9, "at " + tick * 20 + " ms");
    }
  }

  @Test
  void aChunkAfterAGapIsPlayedAtOnce() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0, 0));
    queue.accept(0, config);
    queue.offer(chunk(config, 400 * MS, 10, 0, 2, 1, 1, 1));
    queue.accept(400 * MS, config);
    queue.sample(400 * MS, 20 * MS, config, command);
    assertEquals(1, command[0]);
  }

  @Test
  void theNextChunkIsDueAfterTheExecutionHorizon() {
    ControllerConfig half = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    assertTrue(queue.due(0) < -1_000_000 * MS, "an empty queue needs one at once");
    queue.offer(chunk(half, 0, 10, 0, 1, new float[8]));
    queue.accept(100 * MS, half);
    assertEquals(500 * MS, queue.due(100 * MS), "half of 8 actions, from the first that was used");
    ControllerConfig whole = ControllerConfig.builder(dimensions(ActionKind.ABSOLUTE)).executionHorizon(100).build();
    queue.offer(chunk(whole, 0, 10, 0, 2, new float[8]));
    queue.accept(100 * MS, whole);
    assertEquals(800 * MS, queue.due(100 * MS), "never after the chunk's end");
  }

  @Test
  void duplicateStaleAndOldChunksAreRefusedAndCounted() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.clear(3);
    queue.offer(chunk(config, 0, 10, 3, 7, 5, 5));
    queue.accept(0, config);
    queue.offer(chunk(config, 0, 10, 3, 7, 6, 6));
    queue.accept(0, config);
    queue.offer(chunk(config, 0, 10, 3, 6, 6, 6));
    queue.accept(0, config);
    queue.offer(chunk(config, 0, 10, 2, 9, 6, 6));
    queue.accept(0, config);
    queue.sample(0, 20 * MS, config, command);
    assertEquals(5, command[0]);
    assertEquals(1, count("chunk.refused.duplicate"));
    assertEquals(1, count("chunk.refused.stale"));
    assertEquals(1, count("chunk.refused.old_epoch"));
  }

  @Test
  void theLetterBoxKeepsTheNewestChunk() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 2, 2, 2));
    queue.offer(chunk(config, 0, 10, 0, 1, 1, 1));
    queue.offer(chunk(config, 0, 10, 0, 3, 3, 3));
    queue.accept(0, config);
    queue.sample(0, 20 * MS, config, command);
    assertEquals(3, command[0]);
    assertEquals(1, count("chunk.superseded"));
    assertEquals(1, count("chunk.refused.stale"));
  }

  @Test
  void noActionOfAnOlderEpochIsEverPlayed() {
    ControllerConfig config = config(ActionKind.ABSOLUTE);
    ActionQueue queue = new ActionQueue(1, counters);
    Random random = new Random(4);
    int epoch = 0;
    long sequence = 0;
    for (long now = 0; now < 60_000 * MS; now += 20 * MS) {
      if (random.nextInt(40) == 0) {
        queue.clear(++epoch);
      }
      if (random.nextInt(5) == 0) {
        int of = Math.max(0, epoch - random.nextInt(3));
        float[] values = new float[1 + random.nextInt(20)];
        Arrays.fill(values, of);
        queue.offer(chunk(config, now - random.nextInt(500) * MS, 10, of, sequence += random.nextInt(4), values));
      }
      queue.accept(now, config);
      if (queue.sample(now, 20 * MS, config, command)) {
        assertEquals(epoch, command[0], 1e-9);
      }
    }
    assertTrue(count("chunk.accepted") > 50 && count("chunk.refused.old_epoch") > 50);
  }

  @Test
  void equalRatesCommandTheActionsThemselves() {
    ControllerConfig config = ControllerConfig.builder(dimensions(ActionKind.ABSOLUTE, ActionKind.DELTA, ActionKind.VELOCITY))
        .controlRate(30).build();
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1};
    ActionQueue queue = new ActionQueue(3, counters);
    queue.offer(chunk(config, 0, 30, 0, 1, values));
    queue.accept(0, config);
    double[] all = new double[3];
    for (int step = 0; step < 4; step++) {
      assertTrue(queue.sample(step * config.period(), config.period(), config, all));
      assertArrayEquals(new double[] {values[3 * step], values[3 * step + 1], values[3 * step + 2]}, all, 1e-5);
    }
  }

  @Test
  void commandedDeltasAddUpToTheActionsWhateverTheRates() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      double controlRate = 5 + random.nextDouble() * 200;
      double actionRate = 1 + random.nextDouble() * 60;
      ControllerConfig config = ControllerConfig.builder(dimensions(ActionKind.DELTA, ActionKind.VELOCITY))
          .controlRate(controlRate).build();
      int steps = 1 + random.nextInt(40);
      float[] values = new float[2 * steps];
      double delta = 0;
      double travel = 0;
      for (int i = 0; i < steps; i++) {
        values[2 * i] = random.nextFloat() - 0.5f;
        values[2 * i + 1] = random.nextFloat() - 0.5f;
        delta += values[2 * i];
        travel += values[2 * i + 1] / actionRate;
      }
      ActionQueue queue = new ActionQueue(2, new Counters());
      long start = random.nextInt(1_000_000_000);
      queue.offer(chunk(config, start, actionRate, 0, 1, values));
      queue.accept(start, config);
      double[] both = new double[2];
      double moved = 0;
      double rolled = 0;
      for (long now = start; queue.sample(now, config.period(), config, both); now += config.period()) {
        moved += both[0];
        rolled += both[1] * config.period() * 1e-9;
      }
      assertEquals(delta, moved, 1e-5, controlRate + " from " + actionRate);
      assertEquals(travel, rolled, 1e-5, controlRate + " from " + actionRate);
    }
  }

  @Test
  void jitterNeitherLosesNorRepeatsMotion() {
    ControllerConfig config = config(ActionKind.DELTA);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8));
    queue.accept(0, config);
    Random random = new Random(2);
    double moved = 0;
    for (long tick = 0; tick * 20 < 800; tick++) {
      assertTrue(queue.sample(tick * 20 * MS + (tick == 0 ? 0 : random.nextInt(8)) * MS, 20 * MS, config, command));
      moved += command[0];
    }
    assertEquals(36, moved, 1e-6);
  }

  @Test
  void aPauseIsNotMadeUpFor() {
    ControllerConfig config = config(ActionKind.DELTA);
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    queue.accept(0, config);
    queue.sample(0, 20 * MS, config, command);
    queue.sample(500 * MS, 20 * MS, config, command);
    assertEquals(0.2, command[0], 1e-9);
  }

  @Test
  void aHardSeamKeepsTheSumOfDeltas() {
    ControllerConfig config = ControllerConfig.builder(dimensions(ActionKind.DELTA)).fade(Duration.ZERO).build();
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 1, 1, 1, 1));
    queue.accept(0, config);
    double moved = 0;
    for (int tick = 0; tick < 30; tick++) {
      if (tick == 10) {
        queue.offer(chunk(config, 0, 10, 0, 2, 1, 1, 3, 3, 3, 3));
      }
      queue.accept(tick * 20 * MS, config);
      queue.sample(tick * 20 * MS, 20 * MS, config, command);
      moved += command[0];
    }
    assertEquals(1 + 1 + 3 + 3 + 3 + 3, moved, 1e-6);
  }

  @Test
  void gripperIsBinaryWithHysteresis() {
    ActionDimension gripper = new ActionDimension(
        "gripper", ActionKind.GRIPPER, ActionDimension.NOT_MEASURED, JointLimits.NONE, new Gripper(0.3, 0.7, -1, 5));
    ControllerConfig config = ControllerConfig.builder(List.of(gripper)).controlRate(10).build();
    ActionQueue queue = new ActionQueue(1, counters);
    queue.offer(chunk(config, 0, 10, 0, 1, 0.6f, 0.4f, 0.2f, 0.6f, 0.8f, 0.4f));
    queue.accept(0, config);
    double[] expected = {5, 5, -1, -1, 5, 5};
    for (int step = 0; step < expected.length; step++) {
      queue.sample(step * 100 * MS, 100 * MS, config, command);
      assertEquals(expected[step], command[0], "action " + step);
    }
    queue.clear(1);
    queue.offer(chunk(config, 0, 10, 1, 2, 0.4f));
    queue.accept(0, config);
    queue.sample(0, 100 * MS, config, command);
    assertEquals(-1, command[0], "a new episode knows nothing of the last: the nearer threshold decides");
  }
}
