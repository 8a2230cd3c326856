package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.app.EpisodeSeed;
import flowmatching.app.arm.ArmCamera;
import flowmatching.app.arm.ArmRobot;
import flowmatching.app.arm.ArmTask;
import flowmatching.app.arm.ArmTeacher;
import flowmatching.app.arm.ArmWorld;
import flowmatching.dataset.write.DatasetSpec;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.node.RobotDescription;
import java.time.Duration;
import java.util.Map;

/**
 * Episodes of the built-in arm and its scripted expert, over the topics of an embedded graph, in lock step: as fast as they can be
 * written, and the same for the same seed. An episode that the expert fails is not kept.
 */
public final class ArmEpisodes implements EpisodeSource {
  /** In one process nothing takes this long; where it does, something is broken. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final RobotDescription robot;
  private final ArmTask task;
  private final long seed;
  private final boolean video;
  private final InProcessGraph graph = new InProcessGraph();
  private final RobotStreams streams;
  private final ArmRobot arm;
  private final ArmTeacher teacher;
  private int tries;
  private volatile boolean stopped;

  /**
   * @param seed of all episodes; each has its own from this and its number
   * @param video whether pictures are kept in videos
   */
  public ArmEpisodes(RobotDescription robot, ArmTask task, long seed, boolean video) {
    this.robot = robot;
    this.task = task;
    this.seed = seed;
    this.video = video;
    arm = new ArmRobot(graph.join(GraphNames.of("/", "planar_arm")), robot, true);
    teacher = new ArmTeacher(graph.join(GraphNames.of("/", "expert")), robot, arm);
    streams = new RobotStreams(graph.join(GraphNames.of("/", "recorder")), robot);
  }

  @Override
  public DatasetSpec spec() {
    return Features.of(robot, Map.of(robot.cameras().get(0).key(), new int[] {ArmCamera.SIZE, ArmCamera.SIZE}), ArmWorld.RATE, video);
  }

  @Override
  public boolean record(int number, DatasetWriter writer) throws InterruptedException {
    ArmWorld world = ArmWorld.bumpy(task, EpisodeSeed.of(seed, number) + tries++);
    arm.begin(world);
    while (!world.done() && !stopped) {
      long before = streams.actions();
      long stamp = arm.publish();
      if (!streams.awaitSensors(stamp, PATIENCE) || !streams.awaitAction(before, PATIENCE)) {
        throw new BadInputException("the built-in arm does not answer");
      }
      Observed observed = streams.observe(PATIENCE);
      writer.addFrame(Map.of(PolicyFeature.STATE, observed.state(), PolicyFeature.ACTION, streams.action()), observed.images());
      arm.advance(PATIENCE);
    }
    if (world.succeeded()) {
      tries = 0;
    }
    return world.succeeded() && !stopped;
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public void close() {
    streams.close();
    teacher.close();
    arm.close();
    graph.close();
  }
}
