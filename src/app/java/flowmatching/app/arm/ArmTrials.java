package flowmatching.app.arm;

import flowmatching.BadInputException;
import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.control.ControllerState;
import flowmatching.control.Latency;
import flowmatching.image.RgbImage;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.PolicyLoader;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * The policy node and the built-in arm on one embedded graph, in lock step: the simulation waits for every command, so how well the
 * policy does depends on no machine's speed. Used by one thread.
 */
public final class ArmTrials implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(ArmTrials.class);

  /** In one process nothing takes this long; where it does, something is broken. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration MOMENT = Duration.ofMillis(50);
  private static final long LOOK_NANOS = 100_000;
  private static final int MAX_STEPS_TO_REST = 5 * ArmWorld.RATE;

  private final ArmTask task;
  private final InProcessGraph graph = new InProcessGraph();
  private final ArmRobot arm;
  private final PolicyNode node;
  private final ServiceClient<Trigger.Request, Trigger.Response> enable;
  private final ServiceClient<Trigger.Request, Trigger.Response> disable;

  /**
   * What an episode looked like, step by step.
   *
   * @param trial how it went
   * @param pictures of the camera
   * @param joints where they were, radians: shoulder, elbow
   * @param commands that the arm obeyed at that moment
   */
  public record Film(ArmTrial trial, List<RgbImage> pictures, List<double[]> joints, List<double[]> commands) {}

  /**
   * Starts the node.
   *
   * @param robot {@code config/robots/planar_arm.yaml}
   * @param policy the trials close it, also where this throws
   * @param given parameters of the node
   * @throws BadInputException where the policy is not one for this arm
   */
  public ArmTrials(RobotDescription robot, ArmTask task, FlowMatchingPolicy policy, Map<String, Object> given) {
    this.task = task;
    if (!LOG.isDebugEnabled()) {
      Configurator.setLevel(LogManager.getLogger(PolicyNode.class), Level.WARN); // four lines an episode otherwise
    }
    Map<String, Object> all = new LinkedHashMap<>(given);
    all.put("use_sim_time", true);
    all.put("control_rate", (double) ArmWorld.RATE);
    RobotGraph armGraph = graph.join(GraphNames.of("/", "planar_arm"));
    GraphNames names = GraphNames.of("/", "flowmatching");
    try {
      arm = new ArmRobot(armGraph, robot, true);
      node = PolicyNode.start(
          graph.join(names, true), robot, Parameters.with(all), FlowMatchingLoader.of(policy), PolicyLoader.NONE);
    } catch (RuntimeException e) {
      policy.close();
      throw e;
    }
    enable = armGraph.client(names.resolve("~/enable"), Trigger.TYPE);
    disable = armGraph.client(names.resolve("~/disable"), Trigger.TYPE);
  }

  /**
   * Plays one episode.
   *
   * @param seed of the table; the same one looks the same
   */
  public ArmTrial play(long seed) throws InterruptedException {
    return play(seed, false).trial();
  }

  /** Plays one episode, with a picture of each step. */
  public Film film(long seed) throws InterruptedException {
    return play(seed, true);
  }

  private Film play(long seed, boolean filmed) throws InterruptedException {
    rest();
    ArmWorld world = new ArmWorld(task, seed);
    List<RgbImage> pictures = new ArrayList<>();
    List<double[]> joints = new ArrayList<>();
    List<double[]> commands = new ArrayList<>();
    arm.begin(world);
    arm.publish();
    call(enable);
    ArmTrial trial = ArmTrial.play(arm, world, PATIENCE, () -> {
      awaitPolicy();
      if (filmed) {
        pictures.add(ArmCamera.picture(world));
        joints.add(world.joints());
        commands.add(commands.isEmpty() ? world.joints() : arm.command()); // the first command may be there already and is obeyed next
      }
    });
    return new Film(trial, pictures, joints, commands);
  }

  /** A chunk that was asked for is there before simulated time goes on: else a slow machine would make a late robot. */
  private void awaitPolicy() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (node.isPredicting() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Lets the node bring the arm to rest: it is to be found elsewhere, as a robot that somebody moved while it was off. */
  private void rest() throws InterruptedException {
    if (node.status().state() == ControllerState.INACTIVE) {
      return;
    }
    awaitPolicy(); // else the chunk seems to take as long as the arm comes to rest, and later ones are asked for that much earlier
    call(disable);
    for (int step = 0; step < MAX_STEPS_TO_REST && node.status().state() != ControllerState.INACTIVE; step++) {
      arm.publish();
      arm.advance(MOMENT);
    }
  }

  private static void call(ServiceClient<Trigger.Request, Trigger.Response> service) throws InterruptedException {
    try {
      Trigger.Response response = service.call(new Trigger.Request()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (!response.success()) {
        throw new BadInputException("the node refuses: " + response.message());
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the node does not answer", e);
    }
  }

  /** As the node counts them. */
  public Map<String, Long> counters() {
    return node.counters();
  }

  public Map<String, Latency> latencies() {
    return node.latencies();
  }

  @Override
  public void close() {
    node.close();
    arm.close();
    graph.close();
  }
}
