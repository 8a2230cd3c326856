package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.EpisodeSeed;
import flowmatching.app.SuccessRate;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmTrial;
import flowmatching.app.arm.ArmTrials;
import flowmatching.app.gazebo.TabletopTrials;
import flowmatching.app.report.BenchJson;
import flowmatching.app.robot.Transport;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.robot.RobotFile;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The part of {@code eval} in which the policy drives a robot. */
final class ClosedLoop {
  static final String ARM = "planar_arm";
  static final String GAZEBO_ARM = "gazebo_arm";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--robot",
      paramLabel = "NAME",
      description = "Closed loop instead: let the policy drive the built-in robot planar_arm, or gazebo_arm of gazebo.launch.py (docs/gazebo.md).")
  private String robot;

  @Option(names = "--task", paramLabel = "TEXT", defaultValue = "reach", description = "planar_arm: reach or push. Default: ${DEFAULT-VALUE}.")
  private String task;

  @Option(names = "--episodes", paramLabel = "N", defaultValue = "100", description = "Closed loop: episodes, of seeds that --seed gives. Default: ${DEFAULT-VALUE}.")
  private int episodes;

  @Option(names = "--transport", paramLabel = "NAME", defaultValue = "auto", description = "gazebo_arm: rcl, rcljava, dds or auto. Default: ${DEFAULT-VALUE}.")
  private String transport;

  boolean wanted() {
    return robot != null;
  }

  /**
   * Plays the episodes, after {@link #check}.
   *
   * @param policy is closed
   * @param seed of all episodes' tables
   * @return what is to be printed
   */
  String run(FlowMatchingPolicy policy, long seed, Map<String, Object> parameters, boolean json) throws InterruptedException {
    return robot.equals(ARM) ? builtIn(policy, seed, parameters, json) : inGazebo(policy, seed, parameters, json);
  }

  /** @throws BadInputException where there is no such robot or task, or a flag is another robot's */
  void check() {
    if (!List.of(ARM, GAZEBO_ARM).contains(robot) || episodes < 1) {
      throw new BadInputException("--robot, --episodes: expected " + ARM + " or " + GAZEBO_ARM + " and at least 1, found " + robot + " and " + episodes);
    }
    if (robot.equals(ARM)) {
      WithoutEffect.refuse(command, "has no effect on the built-in arm", "--transport");
      ArmTask.parse(task);
      return;
    }
    WithoutEffect.refuse(command, "has no effect on the arm in Gazebo", "--task");
    if (Transport.parse(transport) == Transport.EMBEDDED) {
      throw new BadInputException("--transport: embedded reaches built-in robots only, found robot " + robot);
    }
  }

  private String builtIn(FlowMatchingPolicy policy, long seed, Map<String, Object> parameters, boolean json) throws InterruptedException {
    int successes = 0;
    int missed = 0;
    long steps = 0;
    try (ArmTrials trials = new ArmTrials(RobotFile.read(Home.robot(ARM)), ArmTask.parse(task), policy, parameters);
        ProgressBar bar = Progress.bar("eval", episodes)) {
      for (int i = 0; i < episodes; i++) {
        ArmTrial trial = trials.play(EpisodeSeed.of(seed, i));
        successes += trial.success() ? 1 : 0;
        missed += trial.missed();
        steps += trial.steps();
        bar.setExtraMessage(successes + " succeeded");
        bar.step();
      }
    }
    SuccessRate rate = new SuccessRate(successes, episodes);
    return json
        ? json(rate).put("mean_steps", (double) steps / episodes).put("missed_commands", missed).toString()
        : String.format(Locale.ROOT, "%s%n%.1f steps an episode; %d steps without a command", rate, (double) steps / episodes, missed);
  }

  private String inGazebo(FlowMatchingPolicy policy, long seed, Map<String, Object> parameters, boolean json) throws InterruptedException {
    int successes = 0;
    double seconds = 0;
    try (TabletopTrials trials = new TabletopTrials(Transport.parse(transport).open(), RobotFile.read(Home.robot(GAZEBO_ARM)), policy, parameters);
        ProgressBar bar = Progress.bar("eval", episodes)) {
      for (int i = 0; i < episodes; i++) {
        TabletopTrials.Trial trial = trials.play(EpisodeSeed.of(seed, i));
        successes += trial.success() ? 1 : 0;
        seconds += trial.seconds();
        bar.setExtraMessage(successes + " succeeded");
        bar.step();
      }
    }
    SuccessRate rate = new SuccessRate(successes, episodes);
    return json
        ? json(rate).put("mean_seconds", seconds / episodes).toString()
        : String.format(Locale.ROOT, "%s%n%.1f s an episode, simulated", rate, seconds / episodes);
  }

  private static ObjectNode json(SuccessRate rate) {
    return BenchJson.add(rate, new ObjectMapper().createObjectNode());
  }
}
