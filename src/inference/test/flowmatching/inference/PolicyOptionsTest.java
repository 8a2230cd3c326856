package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.ActionPrefix;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyOptions;
import flowmatching.runtime.RuntimeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What each option changes and what it leaves alone, on a policy of joint states. */
class PolicyOptionsTest {
  private static final Path MODEL = TestData.path("golden_models/e_state_only");
  private static final PolicyOptions OPTIONS =
      PolicyOptions.defaults().withoutNormalization().withSeed(7).withMachine(new RuntimeOptions(1, false));

  private static FlowMatchingPolicy policy(PolicyOptions options) {
    return FlowMatchingPolicy.fromPretrained(MODEL, options);
  }

  private static Observation observation(FlowMatchingPolicy policy) {
    float[] state = new float[policy.spec().stateSize()];
    Arrays.fill(state, 0.3f);
    return new Observation(Map.of(), state);
  }

  private static float[] chunk(PolicyOptions options) {
    try (FlowMatchingPolicy policy = policy(options)) {
      return policy.predictActionChunk(observation(policy)).values();
    }
  }

  @Test
  void oneSeedGivesOneSequenceOfChunksAndAnotherSeedAnother() {
    try (FlowMatchingPolicy one = policy(OPTIONS); FlowMatchingPolicy two = policy(OPTIONS)) {
      float[] first = one.predictActionChunk(observation(one)).values();
      float[] second = one.predictActionChunk(observation(one)).values();
      assertFalse(Arrays.equals(first, second), "each chunk has noise of its own");
      assertArrayEquals(first, two.predictActionChunk(observation(two)).values());
      assertArrayEquals(second, two.predictActionChunk(observation(two)).values());
    }
    assertFalse(Arrays.equals(chunk(OPTIONS), chunk(OPTIONS.withSeed(8))));
  }

  @Test
  void theNumberOfThreadsChangesNothingButRoundings() {
    assertArrayEquals(chunk(OPTIONS), chunk(OPTIONS.withMachine(new RuntimeOptions(2, true))), 1e-5f);
  }

  @Test
  void stepsAndSolverOfTheOptionsAreUsedFromTheFirstChunkOn() {
    try (FlowMatchingPolicy policy = policy(OPTIONS)) {
      policy.setIntegration(Solver.HEUN, 3);
      assertArrayEquals(policy.predictActionChunk(observation(policy)).values(), chunk(OPTIONS.withSolver(Solver.HEUN).withNumSteps(3)));
    }
    try (FlowMatchingPolicy policy = policy(OPTIONS)) {
      assertArrayEquals(chunk(OPTIONS), chunk(OPTIONS.withNumSteps(policy.config().numSteps())), "absent means the checkpoint's");
    }
  }

  @Test
  void fullWeightsKeepTheWholeChunkNearItsPrefix() {
    try (FlowMatchingPolicy policy = policy(OPTIONS.withNumSteps(20).withRealTimeChunking(Schedule.ONES, 20))) {
      int steps = policy.spec().chunkLength();
      int size = policy.spec().actionSize();
      float[] old = new float[steps * size];
      for (int i = 0; i < old.length; i++) {
        old[i] = (float) Math.cos(i * 0.1);
      }
      ActionPrefix prefix = new ActionPrefix(new ActionChunk(steps, size, old), steps, steps);
      float[] drawn = policy.predict(observation(policy), prefix).values();
      double worst = 0;
      for (int i = 0; i < old.length; i++) {
        worst = Math.max(worst, Math.abs(drawn[i] - old[i]));
      }
      assertTrue(worst < 0.1, "largest distance " + worst);
    }
  }

  @Test
  void aPrefixWithoutActionsOrWithoutRealTimeChunkingChangesNothing() {
    float[] plain = chunk(OPTIONS);
    try (FlowMatchingPolicy guided = policy(OPTIONS.withRealTimeChunking(Schedule.LINEAR, 10)); FlowMatchingPolicy free = policy(OPTIONS)) {
      int size = free.spec().actionSize();
      assertArrayEquals(plain, guided.predict(observation(guided), new ActionPrefix(new ActionChunk(0, size, new float[0]), 0, 10)).values());
      assertArrayEquals(plain, free.predict(observation(free), new ActionPrefix(new ActionChunk(2, size, new float[2 * size]), 1, 2)).values());
    }
  }

  @Test
  void aPrefixOrNoiseOfAnotherSizeIsRefused() {
    try (FlowMatchingPolicy policy = policy(OPTIONS.withRealTimeChunking(Schedule.LINEAR, 10))) {
      int size = policy.spec().actionSize() + 1;
      ActionPrefix prefix = new ActionPrefix(new ActionChunk(2, size, new float[2 * size]), 1, 2);
      String message = assertThrows(BadInputException.class, () -> policy.predict(observation(policy), prefix)).getMessage();
      assertTrue(message.contains("found " + size), message);
      message = assertThrows(BadInputException.class, () -> policy.predictActionChunk(observation(policy), new float[3])).getMessage();
      assertTrue(message.contains("noise") && message.contains("found 3"), message);
    }
  }

  @Test
  void impossibleOptionsAreRefused() {
    assertThrows(BadInputException.class, () -> policy(OPTIONS.withNumSteps(0)));
    assertThrows(BadInputException.class, () -> policy(OPTIONS.withNumSteps(1001)));
    assertThrows(BadInputException.class, () -> OPTIONS.withRealTimeChunking(Schedule.ONES, Double.NaN));
    assertThrows(BadInputException.class, () -> OPTIONS.withRealTimeChunking(Schedule.ONES, -1));
    assertThrows(BadInputException.class, () -> new RuntimeOptions(0, false));
  }

  @Test
  void theStatisticsMustBeThereUnlessTheyAreDeclined() {
    String message = assertThrows(BadInputException.class, () -> FlowMatchingPolicy.fromPretrained(MODEL)).getMessage();
    assertTrue(message.contains("--normalization=none"), message);
  }

  @Test
  void anUntrainedPolicysWeightsGoWithIt() throws IOException {
    // A rate that no other process uses marks this test's directory.
    double rate = 17.2340625;
    FlowMatchingConfig config =
        FlowMatchingConfig.builder().state(2).action(2, rate).set("hidden_dim", 8).set("num_heads", 2).set("num_layers", 1).build();
    try (FlowMatchingPolicy policy = new FlowMatchingPolicy(config)) {
      assertEquals(1, directoriesWith(rate));
      assertEquals(2, policy.predictActionChunk(observation(policy)).dimension());
    }
    assertEquals(0, directoriesWith(rate));
  }

  private static int directoriesWith(double rate) throws IOException {
    List<Path> directories;
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      directories = all.filter(path -> path.getFileName().toString().startsWith("flowmatching-")).toList();
    }
    int count = 0;
    for (Path directory : directories) {
      Path config = directory.resolve(Checkpoint.CONFIG);
      count += Files.isReadable(config) && Files.readString(config).contains(String.valueOf(rate)) ? 1 : 0;
    }
    return count;
  }
}
