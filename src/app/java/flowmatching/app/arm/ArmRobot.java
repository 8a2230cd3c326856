package flowmatching.app.arm;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.RobotDescription;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The simulated arm as a node of a robot's graph: it publishes joint states and pictures, and obeys commands.
 *
 * <p>In lock step it publishes {@code /clock} too, and each step of the simulation waits for a command. Else it lives in the graph's
 * own time, and holds the last command.
 */
public final class ArmRobot implements AutoCloseable {
  private static final List<String> JOINTS = List.of("shoulder", "elbow");
  private static final long PERIOD = TimeUnit.SECONDS.toNanos(1) / ArmWorld.RATE;
  private static final double[] NONE = {};

  private final RobotGraph graph;
  private final boolean lockStep;
  private final Publisher<Image> camera;
  private final Publisher<JointState> states;
  private final Publisher<Clock> clock;
  private ArmWorld world;
  private long simulatedTime;
  private double[] command;
  private boolean commanded;
  /** Whether this moment of simulated time was published. */
  private boolean said;
  private long wrong;

  /**
   * @param graph its own node; closed with the robot
   * @param robot as {@code config/robots/planar_arm.yaml} describes it: the topics
   * @param lockStep whether time waits for commands
   * @throws BadInputException where the description is of another robot
   */
  public ArmRobot(RobotGraph graph, RobotDescription robot, boolean lockStep) {
    if (!robot.state().names().equals(JOINTS) || !robot.actionNames().equals(JOINTS) || robot.cameras().size() != 1
        || robot.command().type() != CommandTarget.Type.FLOAT64_MULTI_ARRAY) {
      throw new BadInputException("robot " + robot.name() + ": expected the built-in arm with one camera and joints " + JOINTS + ", found "
          + robot.cameras().size() + " cameras, state " + robot.state().names() + ", actions " + robot.actionNames());
    }
    this.graph = graph;
    this.lockStep = lockStep;
    camera = graph.advertise(robot.cameras().get(0).topic(), Image.TYPE, QualityOfService.SENSOR_DATA);
    states = graph.advertise(robot.state().topic(), JointState.TYPE, QualityOfService.DEFAULT);
    clock = lockStep ? graph.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT) : null;
    graph.subscribe(robot.command().topic(), Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> receive(message.data()));
  }

  private synchronized void receive(double[] values) {
    if (values.length != JOINTS.size() || !Arrays.stream(values).allMatch(Double::isFinite)) {
      wrong++;
      return;
    }
    command = values;
    commanded = true;
    notifyAll();
  }

  /** Puts another table behind the topics, with the arm at rest; nothing where it stands there already. Simulated time goes on. */
  public synchronized void begin(ArmWorld next) {
    if (next != world) {
      world = next;
      command = next.joints();
      commanded = false;
      said = false;
    }
  }

  /** What it obeys now, radians. */
  synchronized double[] command() {
    return command.clone();
  }

  /** The table, for those who may know everything. */
  public synchronized ArmWorld world() {
    return world;
  }

  /**
   * Publishes joint states and picture of this moment, then the clock in lock step. A moment of simulated time is published once: the
   * command for it may be there already, and one that answers a second time would be taken for that of the next moment.
   *
   * @return their stamp, nanoseconds
   */
  public long publish() {
    JointState state;
    Image image;
    long stamp;
    synchronized (this) {
      stamp = lockStep ? simulatedTime : graph.clock().now();
      if (lockStep && said) {
        return stamp;
      }
      said = true;
      commanded = false;
      Header header = new Header(Time.ofNanoseconds(stamp), "table");
      state = new JointState(header, JOINTS, world.measuredJoints(), NONE, NONE);
      byte[] pixels = ArmCamera.picture(world).pixels();
      image = new Image(header, ArmCamera.SIZE, ArmCamera.SIZE, "rgb8", false, 3 * ArmCamera.SIZE, pixels);
    }
    // The picture first: who acts on joint states then has both.
    camera.publish(image);
    states.publish(state);
    if (lockStep) {
      clock.publish(new Clock(Time.ofNanoseconds(stamp)));
    }
    return stamp;
  }

  /**
   * Waits for a command that came since {@link #publish}, and lets one step pass.
   *
   * @param patience how long to wait; without a command the last one is held, at first the arm's own position
   * @return whether one came
   * @throws InterruptedException where the thread is interrupted while it waits
   */
  public synchronized boolean advance(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    for (long left = patience.toNanos(); !commanded && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    world.step(command);
    simulatedTime += PERIOD;
    said = false;
    return commanded;
  }

  /** Commands of a wrong length, or with values that are none, so far; they are not obeyed. */
  public synchronized long wrongCommands() {
    return wrong;
  }

  @Override
  public void close() {
    graph.close();
  }
}
