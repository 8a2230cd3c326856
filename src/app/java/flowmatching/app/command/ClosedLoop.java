package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.SuccessRate;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmTrial;
import flowmatching.app.arm.ArmTrials;
import flowmatching.app.arm.ArmWorld;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.robot.RobotFile;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Option;

/** The part of {@code eval} in which the policy drives a robot. */
final class ClosedLoop {
  static final String ARM = "planar_arm";

  @Option(names = "--robot", paramLabel = "NAME", description = "Closed loop instead: let the policy drive the built-in robot planar_arm.")
  private String robot;

  @Option(names = "--task", paramLabel = "TEXT", defaultValue = "reach", description = "planar_arm: reach or push. Default: ${DEFAULT-VALUE}.")
  private String task;

  @Option(names = "--episodes", paramLabel = "N", defaultValue = "100", description = "Closed loop: episodes, of seeds that --seed gives. Default: ${DEFAULT-VALUE}.")
  private int episodes;

  boolean wanted() {
    return robot != null;
  }

  /**
   * Plays the episodes.
   *
   * @param policy is closed
   * @param seed of all episodes' tables
   * @return what is to be printed
   */
  String run(FlowMatchingPolicy policy, long seed, Map<String, Object> parameters, boolean json) throws InterruptedException {
    if (!robot.equals(ARM) || episodes < 1) {
      policy.close();
      throw new BadInputException("--robot, --episodes: expected " + ARM + " and at least 1, found " + robot + " and " + episodes);
    }
    int successes = 0;
    int missed = 0;
    long steps = 0;
    try (ArmTrials trials = new ArmTrials(RobotFile.read(Home.robot(ARM)), ArmTask.parse(task), policy, parameters);
        ProgressBar bar = Progress.bar("eval", episodes)) {
      for (int i = 0; i < episodes; i++) {
        ArmTrial trial = trials.play(ArmWorld.seed(seed, i));
        successes += trial.success() ? 1 : 0;
        missed += trial.missed();
        steps += trial.steps();
        bar.setExtraMessage(successes + " succeeded");
        bar.step();
      }
    }
    SuccessRate rate = new SuccessRate(successes, episodes);
    if (json) {
      ObjectNode node = new ObjectMapper().createObjectNode();
      node.put("episodes", episodes).put("successes", successes).put("success_rate", rate.rate()).put("low", rate.low()).put("high", rate.high());
      return node.put("mean_steps", (double) steps / episodes).put("missed_commands", missed).toString();
    }
    return String.format("%s%n%.1f steps an episode; %d steps without a command", rate, (double) steps / episodes, missed);
  }
}
