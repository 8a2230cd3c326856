package flowmatching.app.gazebo;

import flowmatching.BadInputException;
import flowmatching.control.JointLimits;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.Entity;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.Pose;
import flowmatching.ros.message.PoseStamped;
import flowmatching.ros.message.SetEntityPose;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.JointPositions;
import flowmatching.ros.node.RobotDescription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * A node beside the simulated table: it sees where the cube is, puts it elsewhere, and moves the arm along paths. All over the graph, as
 * {@code launch/gazebo.launch.py} brings it up.
 */
public final class Tabletop implements AutoCloseable {
  /** Of wall time, in which Gazebo answers or simulated time goes on. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String CUBE = "cube";
  private static final String CUBE_TOPIC = "/model/" + CUBE + "/pose";
  private static final String SET_POSE = "/world/tabletop/set_pose";
  private static final long COMMAND_NANOS = 50_000_000;
  private static final double SETTLE_SECONDS = 0.5;
  private static final double AS_PUT = 0.01;

  private final RobotGraph graph;
  private final RobotDescription robot;
  private final List<JointLimits> limits;
  private final Publisher<JointTrajectory> commands;
  private final ServiceClient<SetEntityPose.Request, SetEntityPose.Response> setPose;
  private final float[] joints;
  private boolean measured;
  private Pose cube;
  private JointPath path;
  private Runnable afterPath;
  private long pathBegan;
  private long lastCommand;
  private long doneSince = Long.MAX_VALUE;
  private boolean stopped;

  /**
   * @param graph its own node, in simulated time; closed with the table
   * @param robot {@code config/robots/gazebo_arm.yaml}: the topics and limits
   * @throws BadInputException where the description is of another robot
   */
  public Tabletop(RobotGraph graph, RobotDescription robot) {
    if (!robot.actionNames().equals(TabletopArm.JOINTS) || robot.command().type() != CommandTarget.Type.JOINT_TRAJECTORY) {
      throw new BadInputException("robot " + robot.name() + ": expected the arm of worlds/arm.urdf, which has joints " + TabletopArm.JOINTS
          + " and takes trajectories, found " + robot.actionNames() + " and " + robot.command().type().messageType());
    }
    this.graph = graph;
    this.robot = robot;
    limits = robot.actions().stream().map(ActionJoint::limits).toList();
    joints = new float[TabletopArm.JOINTS.size()];
    commands = graph.advertise(robot.command().topic(), JointTrajectory.TYPE, QualityOfService.DEFAULT);
    setPose = graph.client(SET_POSE, SetEntityPose.TYPE);
    JointPositions reader = new JointPositions(TabletopArm.JOINTS);
    graph.subscribe(robot.state().topic(), JointState.TYPE, QualityOfService.NEWEST, message -> measure(reader, message));
    graph.subscribe(CUBE_TOPIC, PoseStamped.TYPE, QualityOfService.NEWEST, message -> see(message.pose()));
    graph.clock().onStep(this::step);
  }

  private synchronized void measure(JointPositions reader, JointState message) {
    reader.read(message, joints);
    measured = true;
    notifyAll();
  }

  private synchronized void see(Pose pose) {
    cube = pose;
    notifyAll();
  }

  private void step(long now) {
    JointTrajectory command = null;
    Runnable then = () -> {};
    synchronized (this) {
      boolean done = cube != null && measured && CubeTask.done(cube, joints[joints.length - 1]);
      doneSince = done ? Math.min(doneSince, now) : Long.MAX_VALUE;
      if (path != null && (now - lastCommand >= COMMAND_NANOS || now < lastCommand)) {
        double time = (now - pathBegan) * 1e-9;
        command = path.trajectory(TabletopArm.JOINTS, time, now);
        lastCommand = now;
        if (time >= path.seconds()) {
          path = null;
          then = afterPath;
        }
      }
      notifyAll();
    }
    if (command != null) {
      commands.publish(command);
    }
    then.run();
  }

  /** Whether the cube has lain on the spot for half a second, let go. */
  public synchronized boolean succeeded() {
    return doneSince != Long.MAX_VALUE && graph.clock().now() - doneSince >= SETTLE_SECONDS * 1e9;
  }

  /** What is done here, as data sets keep it. */
  public static String task() {
    return CubeTask.SENTENCE;
  }

  /**
   * Begins an episode: the arm goes home with its hand open, the cube lies where the seed says.
   *
   * @throws BadInputException where arm or Gazebo do not answer
   */
  public void begin(long seed) throws InterruptedException {
    await(() -> measured && cube != null, PATIENCE, "expected messages on " + robot.state().topic() + " and " + CUBE_TOPIC
        + " (ros2 launch flowmatching gazebo.launch.py), found none");
    follow(CubeTask.home(limits, joints()), () -> {});
    awaitPath();
    put(CubeTask.start(seed));
  }

  private void put(Pose pose) throws InterruptedException {
    try {
      if (!setPose.call(new SetEntityPose.Request(new Entity(0, CUBE, Entity.MODEL), pose)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS).success()) {
        throw new BadInputException(SET_POSE + ": Gazebo refuses to move the cube");
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new BadInputException(SET_POSE + ": expected Gazebo's service over ros_gz_bridge, found no answer", e);
    }
    await(() -> Math.hypot(cube.position().x() - pose.position().x(), cube.position().y() - pose.position().y()) < AS_PUT, PATIENCE,
        CUBE_TOPIC + ": expected the cube where it was put");
  }

  /** Lets the expert do the task and returns at once. @param then is called when it has ended, on the graph's thread */
  public void solve(Runnable then) {
    Pose seen;
    synchronized (this) {
      seen = cube;
    }
    follow(CubeTask.solution(limits, joints(), seen), then);
  }

  private synchronized double[] joints() {
    double[] values = new double[joints.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = joints[i];
    }
    return values;
  }

  private synchronized void follow(JointPath next, Runnable then) {
    path = next;
    afterPath = then;
    pathBegan = graph.clock().now();
    lastCommand = pathBegan - COMMAND_NANOS;
  }

  /** Waits until the arm's path has ended, or {@link #stop} was called. @throws BadInputException where simulated time stands */
  public void awaitPath() throws InterruptedException {
    awaitInTime(() -> path == null, CubeTask.LONGEST);
  }

  /** Waits until the task is done, an episode's time is over, or {@link #stop} was called. @return whether it is done */
  public boolean awaitSuccess() throws InterruptedException {
    awaitInTime(this::succeeded, CubeTask.LONGEST);
    return succeeded();
  }

  /** Waits for so many seconds of simulated time at most. */
  private void awaitInTime(BooleanSupplier condition, double seconds) throws InterruptedException {
    long begin = graph.clock().now();
    while (true) {
      long now = graph.clock().now();
      synchronized (this) {
        if (stopped || condition.getAsBoolean() || now - begin > seconds * 1e9) {
          return;
        }
      }
      await(() -> stopped || graph.clock().now() != now, PATIENCE, "/clock: simulated time stands still");
    }
  }

  private synchronized void await(BooleanSupplier condition, Duration patience, String otherwise) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!stopped && !condition.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new BadInputException(otherwise);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Simulated time, seconds. */
  public double now() {
    return graph.clock().now() * 1e-9;
  }

  /** Ends every wait and sends nothing more; any thread may call it. */
  public synchronized void stop() {
    stopped = true;
    path = null;
    notifyAll();
  }

  @Override
  public void close() {
    stop();
    graph.close();
  }
}
