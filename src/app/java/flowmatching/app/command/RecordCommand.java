package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmWorld;
import flowmatching.app.gazebo.Tabletop;
import flowmatching.app.record.ArmEpisodes;
import flowmatching.app.record.EpisodeSource;
import flowmatching.app.record.LiveEpisodes;
import flowmatching.app.record.TabletopEpisodes;
import flowmatching.app.robot.Transport;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Records episodes into a data set. */
@Command(
    name = "record",
    description = {
      "Record episodes of a robot into a LeRobotDataset v3.0: its cameras, joint states and the commands that it is given, from their topics.",
      "--robot=planar_arm --expert is the built-in simulated arm with its scripted expert; it needs nothing else.",
      "--robot=gazebo_arm --expert is the arm of gazebo.launch.py with its own (docs/gazebo.md).",
      "Any other robot is described by a file (docs/robots.md). Enter, or the service ~/end_episode, ends an episode early;",
      "r and Enter, or ~/record_again, drops it.",
      "Every saved episode is whole on disk; a set that is there already is gone on with."
    })
public final class RecordCommand implements Callable<Integer> {
  /** The expert may fail now and then; a task that it always fails is a mistake. */
  private static final int MAX_FAILURES = 20;

  @Spec private CommandSpec spec;

  @Option(names = "--robot", required = true, paramLabel = "NAME|FILE", description = "planar_arm, a robot file, or the name of one in config/robots.")
  private String robot;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "The data set's directory: a new one, or one to add episodes to.")
  private Path output;

  @Option(names = "--episodes", paramLabel = "N", defaultValue = "50", description = "Episodes to record now. Default: ${DEFAULT-VALUE}.")
  private int episodes;

  @Option(names = "--task", paramLabel = "TEXT", description = "What is done, in words. planar_arm: reach (default) or push.")
  private String task;

  @Option(names = "--expert", description = "planar_arm, gazebo_arm: let the scripted expert do it.")
  private boolean expert;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "--expert: seed of all episodes. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--fps", paramLabel = "N", defaultValue = "30", description = "Frames a second. Default: ${DEFAULT-VALUE}; planar_arm: 20.")
  private int fps;

  @Option(names = "--episode_time_s", paramLabel = "S", defaultValue = "60", description = "Longest time of an episode. Default: ${DEFAULT-VALUE}.")
  private double episodeTime;

  @Option(names = "--reset_time_s", paramLabel = "S", defaultValue = "60", description = "Time between episodes. Default: ${DEFAULT-VALUE}.")
  private double resetTime;

  @Option(names = "--images", description = "Keep pictures as PNG files instead of videos.")
  private boolean images;

  @Mixin private NodeFlags nodeFlags;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (episodes < 1) {
      throw new BadInputException("--episodes: expected at least 1, found " + episodes);
    }
    if (output.toString().isEmpty()) {
      throw new BadInputException("--output: expected a directory, found nothing");
    }
    RobotDescription description = RobotFile.read(Home.robot(robot));
    return robot.equals(ClosedLoop.ARM) ? recordArm(description) : recordRobot(description);
  }

  private int recordArm(RobotDescription arm) throws IOException, InterruptedException {
    if (!expert) {
      throw new BadInputException("--robot=planar_arm: expected --expert, found nobody who commands the built-in arm");
    }
    Transport transport = nodeFlags.transport(Transport.EMBEDDED);
    if (transport != Transport.EMBEDDED) {
      throw new BadInputException("--transport: expected embedded for the built-in arm and its expert, found " + transport);
    }
    WithoutEffect.refuse(spec, "has no effect on the built-in arm, which has its own pace and no topics", "--episode_time_s", "--reset_time_s", "--namespace", "-p");
    if (fps != ArmWorld.RATE && spec.commandLine().getParseResult().hasMatchedOption("--fps")) {
      throw new BadInputException("--fps: expected " + ArmWorld.RATE + " for the built-in arm, found " + fps);
    }
    ArmTask what = ArmTask.parse(task == null ? "reach" : task);
    try (EpisodeSource source = new ArmEpisodes(arm, what, seed, !images)) {
      return record(source, what.sentence());
    }
  }

  private int recordRobot(RobotDescription description) throws IOException, InterruptedException {
    boolean inGazebo = robot.equals(ClosedLoop.GAZEBO_ARM);
    if (expert && !inGazebo) {
      throw new BadInputException("--expert: expected --robot=planar_arm or gazebo_arm, found " + robot);
    }
    if (expert) {
      WithoutEffect.refuse(spec, "has no effect with --expert, which resets the scene itself", "--reset_time_s");
    } else {
      WithoutEffect.refuse(spec, "expected --expert beside it", "--seed");
    }
    String words = expert && task == null ? Tabletop.task() : task;
    if (words == null || words.isBlank()) {
      throw new BadInputException("--task: expected what is done, in words, found nothing");
    }
    Transport transport = nodeFlags.transport(Transport.AUTO);
    if (transport == Transport.EMBEDDED) {
      throw new BadInputException("--transport: embedded reaches built-in robots only, found robot " + robot);
    }
    GraphNames names = nodeFlags.names("flowmatching_recorder");
    Parameters parameters = Parameters.with(nodeFlags.parameters(names));
    LiveEpisodes.Timing timing = new LiveEpisodes.Timing(
        fps, episodeTime, expert ? 0 : resetTime, Duration.ofNanos((long) (1e6 * parameters.number("max_age_ms"))));
    Transport.Graph graph = transport.open();
    RobotGraph recorder = graph.join(names, expert || parameters.bool("use_sim_time"));
    PrintWriter err = spec.commandLine().getErr();
    try (LiveEpisodes live = new LiveEpisodes(recorder, description, timing, !images, err::println)) {
      Keys.listen(live::endEpisode, live::recordAgain);
      int code = expert ? recordExpert(graph, description, live, words) : record(live, words);
      live.refused().forEach((topic, count) -> err.println(topic + ": " + count + " messages were not understood"));
      return code;
    }
  }

  private int recordExpert(Transport.Graph graph, RobotDescription description, LiveEpisodes live, String words)
      throws IOException, InterruptedException {
    Tabletop table = new Tabletop(graph.join(GraphNames.of("/", "flowmatching_expert"), true), description);
    try (EpisodeSource source = new TabletopEpisodes(table, live, seed)) {
      return record(source, words);
    }
  }

  private int record(EpisodeSource source, String words) throws IOException, InterruptedException {
    try (StopSignal signal = new StopSignal()) {
      boolean[] stopped = {false};
      signal.onStop(() -> {
        stopped[0] = true;
        source.stop();
      });
      try (DatasetWriter writer = DatasetWriter.open(output, source.spec()); ProgressBar bar = Progress.bar("record", episodes)) {
        int saved = 0;
        int failures = 0;
        while (saved < episodes && !stopped[0]) {
          if (recordOne(source, writer, words)) {
            saved++;
            failures = 0;
            bar.step();
          } else if (!stopped[0] && ++failures == MAX_FAILURES) {
            throw new BadInputException("expected an episode that can be kept, found " + failures + " in succession that cannot");
          }
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s: %d episodes recorded, %d in the set%n", output, saved, writer.episodes());
        out.flush();
      }
    }
    return 0;
  }

  private boolean recordOne(EpisodeSource source, DatasetWriter writer, String words) throws IOException, InterruptedException {
    try {
      if (source.record(writer.episodes(), writer)) {
        writer.saveEpisode(words);
        return true;
      }
    } catch (BadInputException e) {
      spec.commandLine().getErr().println("episode " + writer.episodes() + " is dropped: " + e.getMessage());
    }
    writer.discardEpisode();
    return false;
  }
}
