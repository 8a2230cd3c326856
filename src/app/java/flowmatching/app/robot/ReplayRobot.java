package flowmatching.app.robot;

import flowmatching.control.ActionKind;
import flowmatching.control.JointLimits;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.Episode;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import flowmatching.ros.node.StateSource;
import flowmatching.ros.node.UnitConversion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A robot that replays recorded episodes as topics, at the data set's frame rate, and listens to commands without obeying them.
 *
 * <p>The joints have the data set's names and units; actions are taken as positions, with limits a little wider than what was
 * recorded.
 */
public final class ReplayRobot implements AutoCloseable {
  private static final String STATE_TOPIC = "joint_states";
  private static final String COMMAND_TOPIC = "joint_commands";
  /** Room beyond the recorded range of a joint, as a share of it. */
  private static final double LIMIT_MARGIN = 0.1;
  private static final long SPIN_NANOSECONDS = 50_000;

  private final LeRobotDataset dataset;
  private final RobotGraph graph;
  private final List<String> cameras;
  private final Map<String, Publisher<Image>> images = new LinkedHashMap<>();
  private final Publisher<JointState> states;
  private final List<String> jointNames;
  private final AtomicReference<double[]> lastCommand = new AtomicReference<>();
  private final AtomicLong commands = new AtomicLong();

  /** Hears of each frame before it is published. */
  public interface FrameListener {
    /** @return false to end the replay */
    boolean onFrame(Item item, long stamp);
  }

  /**
   * @param graph its own node; closed with the robot
   * @param cameras the data set's keys of the pictures to publish
   */
  public ReplayRobot(LeRobotDataset dataset, RobotGraph graph, List<String> cameras) {
    this.dataset = dataset;
    this.graph = graph;
    this.cameras = List.copyOf(cameras);
    for (String camera : cameras) {
      images.put(camera, graph.advertise(topic(camera), Image.TYPE, QualityOfService.SENSOR_DATA));
    }
    jointNames = names(dataset, PolicyFeature.STATE);
    states = graph.advertise(STATE_TOPIC, JointState.TYPE, QualityOfService.DEFAULT);
    graph.subscribe(COMMAND_TOPIC, Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {
      lastCommand.set(message.data());
      commands.incrementAndGet();
    });
  }

  /**
   * The robot as the node sees it.
   *
   * @param keys of the data set's pictures, each to the policy's name for it
   */
  public static RobotDescription describe(LeRobotDataset dataset, Map<String, String> keys) {
    List<CameraSource> cameras = new ArrayList<>();
    keys.forEach((recorded, policy) -> cameras.add(CameraSource.of(policy, topic(recorded), Transport.RAW)));
    List<StateJoint> state = names(dataset, PolicyFeature.STATE).stream().map(name -> new StateJoint(name, UnitConversion.NONE)).toList();
    List<String> actionNames = names(dataset, PolicyFeature.ACTION);
    List<ActionJoint> actions = new ArrayList<>();
    for (int i = 0; i < actionNames.size(); i++) {
      actions.add(new ActionJoint(actionNames.get(i), ActionKind.ABSOLUTE, UnitConversion.NONE, limits(dataset, i)));
    }
    CommandTarget target = new CommandTarget(COMMAND_TOPIC, CommandTarget.Type.FLOAT64_MULTI_ARRAY);
    return new RobotDescription("replay", cameras, new StateSource(STATE_TOPIC, state, Optional.empty()), actions, target);
  }

  private static JointLimits limits(LeRobotDataset dataset, int index) {
    Map<String, float[]> statistics = dataset.statistics().byFeature().getOrDefault(PolicyFeature.ACTION, Map.of());
    if (!statistics.containsKey("min") || !statistics.containsKey("max")) {
      return JointLimits.NONE;
    }
    double low = statistics.get("min")[index];
    double high = statistics.get("max")[index];
    double margin = LIMIT_MARGIN * (high - low);
    return new JointLimits(low - margin, high + margin, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  private static String topic(String camera) {
    String name = camera.substring(camera.lastIndexOf('.') + 1).replaceAll("[^A-Za-z0-9_]", "_");
    return "camera/" + (name.matches("[A-Za-z_].*") ? name : "_" + name) + "/image_raw";
  }

  private static List<String> names(LeRobotDataset dataset, String key) {
    DatasetFeature feature = dataset.info().features().get(key);
    if (feature == null) {
      return List.of();
    }
    if (!feature.names().isEmpty()) {
      return feature.names();
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < feature.size(); i++) {
      names.add("joint_" + (i + 1));
    }
    return names;
  }

  /** Plays an episode in real time and returns at its end, or when the listener says so, or when interrupted. */
  public void play(Episode episode, FrameListener listener) {
    double period = 1e9 / dataset.info().fps();
    long start = System.nanoTime();
    for (int frame = 0; frame < episode.length(); frame++) {
      // Decoded ahead of its time, so that the picture is as fresh as its stamp.
      Item item = dataset.item(episode.from() + frame, cameras);
      if (!sleepUntil(start + (long) (frame * period))) {
        return;
      }
      long stamp = graph.clock().now();
      if (!listener.onFrame(item, stamp)) {
        return;
      }
      publish(item, stamp);
    }
    sleepUntil(start + (long) (episode.length() * period));
  }

  private static boolean sleepUntil(long deadline) {
    long left;
    while ((left = deadline - System.nanoTime()) > SPIN_NANOSECONDS) {
      if (Thread.interrupted()) {
        return false;
      }
      LockSupport.parkNanos(left);
    }
    return true;
  }

  private void publish(Item item, long stamp) {
    Header header = new Header(Time.ofNanoseconds(stamp), "replay");
    for (String camera : cameras) {
      RgbImage image = item.images().get(camera).get(0);
      images.get(camera).publish(new Image(header, image.height(), image.width(), "rgb8", false, 3 * image.width(), image.pixels()));
    }
    float[] state = item.values().getOrDefault(PolicyFeature.STATE, new float[0]);
    double[] positions = new double[state.length];
    for (int i = 0; i < state.length; i++) {
      positions[i] = state[i];
    }
    states.publish(new JointState(header, jointNames, positions, new double[0], new double[0]));
  }

  /** Whether somebody listens to every topic. */
  boolean connected() {
    return states.subscriptions() > 0 && images.values().stream().allMatch(topic -> topic.subscriptions() > 0);
  }

  /** The command that came last, null before the first. */
  public double[] lastCommand() {
    return lastCommand.get();
  }

  /** Commands that came so far. */
  public long commands() {
    return commands.get();
  }

  @Override
  public void close() {
    graph.close();
  }
}
