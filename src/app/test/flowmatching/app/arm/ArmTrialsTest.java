package flowmatching.app.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.app.EpisodeSeed;
import flowmatching.app.arm.ArmTrials.Film;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.robot.RobotFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The bundled policy drives the arm through the node. */
class ArmTrialsTest {
  private static final RobotDescription ROBOT = RobotFile.read(TestData.home().resolve("config/robots/planar_arm.yaml"));

  private static FlowMatchingPolicy policy(Path path) {
    return FlowMatchingPolicy.fromPretrained(path, PolicyOptions.defaults().withSeed(0));
  }

  private static ArmTrials trials() {
    return new ArmTrials(ROBOT, ArmTask.REACH, policy(TestData.home().resolve("models/demo")), Map.of());
  }

  @Test
  void theBundledPolicyBringsTheTipToTheDot() throws InterruptedException {
    int successes = 0;
    try (ArmTrials trials = trials()) {
      for (int i = 0; i < 12; i++) {
        ArmTrial trial = trials.play(EpisodeSeed.of(5, i));
        successes += trial.success() ? 1 : 0;
        assertEquals(0, trial.missed(), "every step has its command");
      }
      assertEquals(0, trials.counters().get("chunk.refused.late"), "the simulation waits for the policy");
    }
    // At 95 % an episode, fewer than 8 of 12 are one run in 50,000.
    assertTrue(successes >= 8, successes + " of 12 episodes");
  }

  @Test
  void aSeedRepeatsARunToTheStep() throws InterruptedException {
    List<List<ArmTrial>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      List<ArmTrial> all = new ArrayList<>();
      try (ArmTrials trials = trials()) {
        for (int i = 0; i < 25; i++) {
          all.add(trials.play(EpisodeSeed.of(7, i)));
        }
        assertEquals(0, trials.counters().get("command.repeated"), "no command is taken for that of another moment");
      }
      runs.add(all);
    }
    assertEquals(runs.get(0), runs.get(1));
  }

  @Test
  void aFilmHasEachStepAndTheSameSeedTheSameTable() throws InterruptedException {
    try (ArmTrials trials = trials()) {
      Film film = trials.film(7);
      assertEquals(film.trial().steps(), film.pictures().size());
      assertEquals(film.trial().steps(), film.joints().size());
      assertArrayEquals(film.joints().get(0), film.commands().get(0), "it has obeyed nobody yet");
      Film again = trials.film(7);
      assertArrayEquals(film.pictures().get(0).pixels(), again.pictures().get(0).pixels());
      assertArrayEquals(film.joints().get(0), again.joints().get(0));
      assertFalse(Arrays.equals(film.joints().get(0), trials.film(8).joints().get(0)));
    }
  }

  @Test
  void anotherRobotsPolicyIsRefused() {
    Path other = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
    BadInputException e = assertThrows(BadInputException.class, () -> new ArmTrials(ROBOT, ArmTask.REACH, policy(other), Map.of()).close());
    assertTrue(e.getMessage().contains("the policy has 7 values, robot planar_arm has 2 joints"), e.getMessage());
  }

  @Test
  void bumpsMoveTheArmAndTheExpertGoesOn() {
    List<Integer> steps = new ArrayList<>();
    for (boolean bumpy : new boolean[] {false, true}) {
      int all = 0;
      for (int seed = 0; seed < 20; seed++) {
        ArmWorld world = bumpy ? ArmWorld.bumpy(ArmTask.PUSH, seed) : new ArmWorld(ArmTask.PUSH, seed);
        while (!world.done()) {
          world.step(ArmExpert.command(world));
        }
        all += world.steps();
      }
      steps.add(all);
    }
    assertTrue(steps.get(1) > steps.get(0), "in the way: " + steps);
  }
}
