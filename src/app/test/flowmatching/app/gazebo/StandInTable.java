package flowmatching.app.gazebo;

import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.Pose;
import flowmatching.ros.message.PoseStamped;
import flowmatching.ros.message.Position;
import flowmatching.ros.message.Quaternion;
import flowmatching.ros.message.SetEntityPose;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.RobotDescription;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands where Gazebo, bridge and controllers would, which are in no registry: joints follow trajectories exactly and a cube between
 * closed jaws goes along. No physics. Simulated time passes some times faster than the wall's, but not while a node that follows it, or the thread
 * that made this, is at work: else what they do would come too late on a busy machine.
 */
final class StandInTable {
  private static final long STEP = 20_000_000;

  private final Urdf arm = Urdf.read();
  private final RobotGraph graph;
  private final RobotDescription robot;
  private final Thread player = Thread.currentThread();
  private final Map<String, AtomicLong> followers = new ConcurrentHashMap<>();
  private final Thread thread;
  private final double[] joints = CubeTask.HOME.clone();
  private Pose cube = CubeTask.start(-1);
  private JointTrajectory current;
  private boolean slippery;
  private volatile boolean closed;

  StandInTable(RobotGraph graph, RobotDescription robot) {
    this.graph = graph;
    this.robot = robot;
    graph.subscribe(robot.command().topic(), JointTrajectory.TYPE, QualityOfService.DEFAULT, message -> {
      synchronized (this) {
        current = message;
      }
    });
    graph.serve("/world/tabletop/set_pose", SetEntityPose.TYPE, request -> {
      synchronized (this) {
        cube = request.pose();
        return new SetEntityPose.Response(request.entity().name().equals("cube"));
      }
    });
    thread = new Thread(this::run, "table");
    thread.start();
  }

  /** A node that hears of each moment before the next one comes. */
  RobotGraph follow(RobotGraph node) {
    AtomicLong heard = new AtomicLong(Long.MAX_VALUE);
    // Whatever else the node does with a clock it has done before: this subscription is behind its clock's own.
    node.subscribe("/clock", Clock.TYPE, QualityOfService.NEWEST, message -> heard.set(message.clock().toNanoseconds()));
    followers.put(node.names().fullName(), heard);
    return node;
  }

  private void awaitOthers(long now) throws InterruptedException {
    while (!closed && (player.getState() == Thread.State.RUNNABLE || player.getState() == Thread.State.BLOCKED || isBehind(now))) {
      Thread.sleep(1);
    }
  }

  private boolean isBehind(long now) {
    return followers.entrySet().stream().anyMatch(follower -> follower.getValue().get() < now && graph.topicEndpoints().stream()
        .anyMatch(end -> end.kind() == TopicEndpoint.Kind.SUBSCRIPTION && end.topic().equals("/clock") && end.node().equals(follower.getKey())));
  }

  /** From now on the cube cannot be held. */
  synchronized void makeSlippery() {
    slippery = true;
  }

  private void run() {
    Publisher<Clock> clock = graph.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
    Publisher<JointState> states = graph.advertise(robot.state().topic(), JointState.TYPE, QualityOfService.DEFAULT);
    Publisher<PoseStamped> poses = graph.advertise("/model/cube/pose", PoseStamped.TYPE, QualityOfService.DEFAULT);
    var cameras = robot.cameras().stream().map(CameraSource::topic).map(topic -> graph.advertise(topic, Image.TYPE, QualityOfService.DEFAULT)).toList();
    try {
      for (long now = 0; !closed; now += STEP) {
        synchronized (this) {
          move(now);
          Header header = new Header(Time.ofNanoseconds(now), "");
          states.publish(new JointState(header, TabletopArm.JOINTS, joints.clone(), new double[0], new double[0]));
          poses.publish(new PoseStamped(header, cube));
          byte[] pixels = new byte[3 * 64 * 64];
          pixels[0] = (byte) (255 * cube.position().x());
          cameras.forEach(camera -> camera.publish(new Image(header, 64, 64, "rgb8", false, 3 * 64, pixels)));
        }
        clock.publish(new Clock(Time.ofNanoseconds(now)));
        Thread.sleep(5);
        awaitOthers(now);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void move(long now) {
    if (current != null) {
      follow((now - current.header().stamp().toNanoseconds()) * 1e-9);
    }
    double[] tool = arm.frame("hand", joints).point(0, 0, 0.115);
    Position at = cube.position();
    boolean held = !slippery && joints[6] < 0.042 && Math.hypot(at.x() - tool[0], at.y() - tool[1]) < 0.012 && Math.abs(at.z() - tool[2]) < 0.012;
    cube = new Pose(held ? new Position(tool[0], tool[1], tool[2]) : new Position(at.x(), at.y(), 0.02), Quaternion.ofYaw(0));
  }

  private void follow(double time) {
    JointTrajectoryPoint before = current.points().get(0);
    for (JointTrajectoryPoint after : current.points()) {
      double from = before.timeFromStart().toNanoseconds() * 1e-9;
      double to = after.timeFromStart().toNanoseconds() * 1e-9;
      if (time <= to || after == current.points().get(current.points().size() - 1)) {
        double share = to > from ? Math.max(0, Math.min((time - from) / (to - from), 1)) : 1;
        for (int i = 0; i < joints.length; i++) {
          joints[i] = before.positions()[i] + share * (after.positions()[i] - before.positions()[i]);
        }
        return;
      }
      before = after;
    }
  }

  void close() throws InterruptedException {
    closed = true;
    thread.join();
    graph.close();
  }
}
