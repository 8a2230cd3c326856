package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.EpisodeSeed;
import flowmatching.app.SuccessRate;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmTrial;
import flowmatching.app.arm.ArmTrials;
import flowmatching.app.arm.ArmTrials.Film;
import flowmatching.app.arm.ArmWorld;
import flowmatching.app.report.ArmReport;
import flowmatching.app.report.HtmlReport;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole loop with the bundled policy. */
@Command(
    name = "demo",
    description = {
      "Let the bundled policy drive the built-in arm: it sees pictures and joint states, and brings the arm's tip to a red dot.",
      "The policy was trained by this package. Ends by itself within a minute and leaves an HTML report with moving pictures."
    })
public final class DemoCommand implements Callable<Integer> {
  /** Episodes whose moving pictures the report shows: each takes some megabytes of memory. */
  static final int FILMS = 50;

  /** Where the bundled policy is. */
  public static final String POLICY = "models/demo";

  @Spec private CommandSpec spec;

  @Option(names = "--report", paramLabel = "FILE", defaultValue = "flowmatching-report.html", description = "Where the report goes. Default: ${DEFAULT-VALUE}.")
  private Path report;

  @Option(names = "--episodes", paramLabel = "N", defaultValue = "10", description = "Episodes. Default: ${DEFAULT-VALUE}.")
  private int episodes;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of tables and noise. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private RuntimeFlags runtime;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (episodes < 1) {
      throw new BadInputException("--episodes: expected at least 1, found " + episodes);
    }
    HtmlReport.prepare(report);
    PolicyOptions options = PolicyOptions.defaults().withRuntime(runtime.name()).withMachine(runtime.options()).withSeed(seed);
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(Home.directory().resolve(POLICY), options);
    PrintWriter out = spec.commandLine().getOut();
    out.println("policy node on the embedded graph: " + policy.runtime());
    out.println("task: " + ArmTask.REACH.sentence());
    out.flush();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("policy", POLICY);
    facts.put("task", ArmTask.REACH.sentence());
    facts.put("runtime", policy.runtime());
    facts.put("control rate, Hz", ArmWorld.RATE);
    try (ArmTrials trials = new ArmTrials(RobotFile.read(Home.robot(ClosedLoop.ARM)), ArmTask.REACH, policy, Map.of("policy_path", POLICY))) {
      List<Film> films = new ArrayList<>();
      SuccessRate rate = new SuccessRate(play(trials, films), episodes);
      ArmReport.write(report, "flowmatching demo", facts, films, rate, trials);
      out.println(rate);
      trials.latencies().forEach((name, latency) -> Replay.print(name, latency, out));
      out.println("report: " + report.toAbsolutePath());
      out.flush();
    }
    return 0;
  }

  /** Plays the episodes and keeps the films of the first. @return how many succeeded */
  private int play(ArmTrials trials, List<Film> films) throws InterruptedException {
    int successes = 0;
    try (ProgressBar bar = Progress.bar("demo", episodes)) {
      for (int i = 0; i < episodes; i++) {
        ArmTrial trial;
        if (i < FILMS) {
          films.add(trials.film(EpisodeSeed.of(seed, i)));
          trial = films.get(i).trial();
        } else {
          trial = trials.play(EpisodeSeed.of(seed, i));
        }
        successes += trial.success() ? 1 : 0;
        bar.step();
      }
    }
    return successes;
  }
}
