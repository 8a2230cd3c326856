package flowmatching.ros.node;

import flowmatching.control.ActionKind;
import flowmatching.control.ControllerState;
import flowmatching.control.JointLimits;
import flowmatching.policy.ChunkPolicy;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.parameter.Parameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A robot of two joints and a camera in lock step with a policy node: it waits for each command before it goes on. */
final class SimulatedRobot implements AutoCloseable {
  static final long PERIOD = 20_000_000;
  static final QualityOfService EVERYTHING = new QualityOfService(1000, Reliability.BEST_EFFORT, Durability.VOLATILE);

  final InProcessGraph graph = new InProcessGraph();
  final RobotGraph robot = graph.join(GraphNames.of("/", "robot"));
  final Publisher<Clock> clock = robot.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
  final Publisher<Image> camera = robot.advertise("/camera/image", Image.TYPE, QualityOfService.DEFAULT);
  final Publisher<JointState> joints = robot.advertise("/joint_states", JointState.TYPE, QualityOfService.DEFAULT);
  final List<double[]> commands = Collections.synchronizedList(new ArrayList<>());
  Parameters parameters;
  PolicyNode node;
  long time = -PERIOD;

  static CommandTarget target(CommandTarget.Type type) {
    return new CommandTarget("/command", type);
  }

  static RobotDescription description(CommandTarget target, ActionJoint... actions) {
    StateSource state = new StateSource("/joint_states",
        List.of(new StateJoint("shoulder", UnitConversion.NONE), new StateJoint("elbow", UnitConversion.NONE)), Optional.empty());
    CameraSource camera = CameraSource.of(RampPolicy.CAMERA, "/camera/image", Transport.RAW);
    return new RobotDescription("bench", List.of(camera), state, List.of(actions), target);
  }

  static ActionJoint joint(String name, ActionKind kind) {
    return new ActionJoint(name, kind, UnitConversion.NONE, JointLimits.NONE);
  }

  static RobotDescription description() {
    return description(target(CommandTarget.Type.FLOAT64_MULTI_ARRAY),
        joint("shoulder", ActionKind.ABSOLUTE), joint("elbow", ActionKind.ABSOLUTE));
  }

  SimulatedRobot() {
    this(Map.of());
  }

  SimulatedRobot(Map<String, ?> given) {
    this(description(), new RampPolicy(0.1f), given);
  }

  SimulatedRobot(RobotDescription description, ChunkPolicy policy, Map<String, ?> given) {
    this(description, parameters -> LoadedPolicy.of(policy, "test runtime"), PolicyLoader.NONE, given);
  }

  /** A node that loads its policies itself, the first one too. */
  SimulatedRobot(PolicyLoader loader, Map<String, ?> given) {
    this(description(), loader, loader, given);
  }

  private SimulatedRobot(RobotDescription description, PolicyLoader first, PolicyLoader loader, Map<String, ?> given) {
    Map<String, Object> all = new HashMap<>(Map.of("use_sim_time", true));
    all.putAll(given);
    parameters = Parameters.with(all);
    if (description.command().type() == CommandTarget.Type.FLOAT64_MULTI_ARRAY) {
      robot.subscribe("/command", Float64MultiArray.TYPE, EVERYTHING, message -> commands.add(message.data()));
    }
    RobotGraph place = graph.join(GraphNames.of("/", "policy"), parameters.bool("use_sim_time"));
    node = PolicyNode.start(place, description, parameters, first.load(parameters), loader);
  }

  <M> List<M> collect(String topic, MessageType<M> type) {
    List<M> messages = Collections.synchronizedList(new ArrayList<>());
    robot.subscribe(topic, type, EVERYTHING, messages::add);
    return messages;
  }

  Header now() {
    return new Header(Time.ofNanoseconds(time), "");
  }

  Image image(int width, int height) {
    return new Image(now(), height, width, "rgb8", false, width * 3, new byte[width * height * 3]);
  }

  JointState state(double shoulder, double elbow) {
    double[] positions = {elbow, 9, shoulder};
    return new JointState(now(), List.of("elbow", "wrist", "shoulder"), positions, new double[0], new double[0]);
  }

  void tick() {
    clock.publish(new Clock(Time.ofNanoseconds(time)));
  }

  /** One period later: a picture, a state, then the clock, which makes the node tick. */
  void step() {
    time += PERIOD;
    camera.publish(image(8, 6));
    joints.publish(state(1, -2));
    tick();
  }

  /** A step, and the command that answers it. */
  double[] stepAndWait() {
    int before = commands.size();
    step();
    Await.until("a command came, " + node.status(), () -> commands.size() > before);
    return commands.get(before);
  }

  Trigger.Response call(String service) {
    try {
      return robot.client("/policy/" + service, Trigger.TYPE).call(new Trigger.Request()).get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(service + " was not answered", e);
    }
  }

  void awaitState(ControllerState state) {
    Await.value(state, () -> node.status().state());
  }

  void awaitCount(String counter, long least) {
    Await.until(counter + " is " + least, () -> node.counters().getOrDefault(counter, -1L) >= least);
  }

  @Override
  public void close() {
    node.close();
    graph.close();
  }
}
