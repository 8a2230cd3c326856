package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.EpisodeSeed;
import flowmatching.app.SuccessRate;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmTrials;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.robot.RobotFile;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.UnusableRuntimeException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The part of {@code bench} that counts successes in closed loop, runtime by runtime. */
final class SuccessBench {
  private static final long SEED = 0;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--episodes", paramLabel = "N",
      description = "Also let the policy drive the built-in arm with each runtime, in lock step, and count successes: the same N episodes for each, and noise of the same seed.")
  private Integer episodes;

  @Option(names = "--task", paramLabel = "TEXT", defaultValue = "reach", description = "Of these episodes: reach or push. Default: ${DEFAULT-VALUE}.")
  private String task;

  /** @param random whether the weights are */
  void check(boolean random) {
    if (episodes == null) {
      WithoutEffect.refuse(command, "expected --episodes beside it, found nothing", "--task");
      return;
    }
    if (episodes < 1) {
      throw new BadInputException("--episodes: expected at least 1, found " + episodes);
    }
    if (random) {
      throw new BadInputException("--episodes: expected a checkpoint, found a configuration, whose weights are random");
    }
    ArmTask.parse(task);
  }

  /**
   * Plays the episodes with each runtime that can be used here. To be done first: a policy that is not the arm's is refused.
   *
   * @return empty where they are not wanted
   */
  Map<String, SuccessRate> measure(Path checkpoint, List<String> runtimes, RuntimeOptions machine) throws InterruptedException {
    Map<String, SuccessRate> rates = new LinkedHashMap<>();
    if (episodes == null) {
      return rates;
    }
    try (ProgressBar bar = Progress.bar("episodes", (long) episodes * runtimes.size())) {
      for (String runtime : runtimes) {
        PolicyOptions options = PolicyOptions.defaults().withRuntime(runtime).withMachine(machine).withSeed(SEED);
        try {
          rates.put(runtime, play(FlowMatchingPolicy.fromPretrained(checkpoint, options), bar));
        } catch (UnusableRuntimeException e) {
          bar.stepBy(episodes); // its line among the times says why
        }
      }
    }
    return rates;
  }

  private SuccessRate play(FlowMatchingPolicy policy, ProgressBar bar) throws InterruptedException {
    int successes = 0;
    try (ArmTrials trials = new ArmTrials(RobotFile.read(Home.robot(ClosedLoop.ARM)), ArmTask.parse(task), policy, Map.of())) {
      for (int i = 0; i < episodes; i++) {
        successes += trials.play(EpisodeSeed.of(SEED, i)).success() ? 1 : 0;
        bar.step();
      }
    }
    return new SuccessRate(successes, episodes);
  }
}
