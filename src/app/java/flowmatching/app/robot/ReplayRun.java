package flowmatching.app.robot;

import flowmatching.BadInputException;
import flowmatching.app.RecordedObservations;
import flowmatching.control.ControllerState;
import flowmatching.control.Latency;
import flowmatching.dataset.Episode;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.PolicyLoader;
import flowmatching.ros.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the policy node against a robot that replays recorded episodes, and keeps what a report shows.
 */
public final class ReplayRun implements AutoCloseable {
  /** Pictures of each camera that the report shows. */
  private static final int PICTURES = 4;
  private static final int PATIENCE_SECONDS = 10;

  private final LeRobotDataset dataset;
  private final FlowMatchingPolicy policy;
  private final RecordedObservations observations;
  private final RobotGraph nodeGraph;
  private final ReplayRobot robot;
  private final PolicyNode node;
  private final ServiceClient<Trigger.Request, Trigger.Response> enable;
  private final ServiceClient<Trigger.Request, Trigger.Response> reset;
  private final AtomicReference<JointTrajectory> newestChunk = new AtomicReference<>();
  private final ReplayRecord record;
  private volatile boolean stopped;

  /** Hears of the replay's progress, once a frame. */
  public interface Progress {
    void frame(String state);
  }

  /**
   * Starts the node; {@link #play} follows.
   *
   * @param policy in the data set's units; the run closes it
   * @param transport between the node and the robot
   * @param names the node's; the robot is beside it in its namespace
   * @throws BadInputException where policy, data set and parameters do not fit together
   */
  public ReplayRun(LeRobotDataset dataset, FlowMatchingPolicy policy, Parameters parameters, Transport transport, GraphNames names) {
    this.dataset = dataset;
    this.policy = policy;
    RobotGraph robotGraph;
    try {
      observations = new RecordedObservations(dataset, policy);
      Transport.Graph graph = transport.open();
      robotGraph = graph.join(new GraphNames(names.namespace(), "replay_robot", names.remaps()), false);
      robot = new ReplayRobot(dataset, robotGraph, observations.cameras());
      nodeGraph = graph.join(names, false);
    } catch (RuntimeException e) {
      policy.close();
      throw e;
    }
    Map<String, String> keys = new LinkedHashMap<>();
    observations.cameras().forEach(key -> keys.put(key, policy.processors().renames().getOrDefault(key, key)));
    node = PolicyNode.start(
        nodeGraph, ReplayRobot.describe(dataset, keys), parameters, FlowMatchingLoader.of(policy), PolicyLoader.NONE);
    enable = robotGraph.client(names.resolve("~/enable"), Trigger.TYPE);
    reset = robotGraph.client(names.resolve("~/reset"), Trigger.TYPE);
    robotGraph.subscribe(names.resolve("~/predicted_chunk"), JointTrajectory.TYPE, QualityOfService.NEWEST, newestChunk::set);
    record = new ReplayRecord(observations.actionNames());
  }

  /** Plays episodes one after the other, in real time; the node is reset before each. */
  public void play(List<Episode> episodes, Progress progress) {
    meet();
    call(enable);
    int frames = episodes.stream().mapToInt(Episode::length).sum();
    int every = Math.max(1, frames / PICTURES);
    for (Episode episode : episodes) {
      if (stopped || Thread.currentThread().isInterrupted()) {
        return;
      }
      call(reset);
      if (node.status().state() == ControllerState.INACTIVE) {
        call(enable);
      }
      robot.play(episode, (item, stamp) -> {
        keep(item, stamp, every);
        progress.frame(node.status().state().name().toLowerCase(Locale.ROOT));
        return !stopped;
      });
    }
  }

  /** Waits until node and robot have found each other. */
  private void meet() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!(robot.connected() && enable.available() && reset.available())) {
      if (stopped || Thread.currentThread().isInterrupted() || System.nanoTime() > deadline) {
        return; // what is missing is missed soon enough
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private void keep(Item item, long stamp, int every) {
    if (record.frames() % every == 0) {
      item.images().forEach((camera, pictures) -> record.picture(camera, item.episode(), item.frame(), pictures.get(0)));
    }
    record.frame(item.values().get(PolicyFeature.ACTION), predictedAt(stamp), robot.lastCommand());
  }

  /** What the newest chunk says for an instant; null where it says nothing. */
  private double[] predictedAt(long stamp) {
    JointTrajectory chunk = newestChunk.get();
    if (chunk == null) {
      return null;
    }
    long since = stamp - chunk.header().stamp().toNanoseconds();
    int step = (int) Math.rint(since * actionRate() / 1e9);
    if (step < 0 || step >= chunk.points().size()) {
      return null;
    }
    return chunk.points().get(step).positions();
  }

  private double actionRate() {
    return policy.config().fps().orElse(dataset.info().fps());
  }

  private void call(ServiceClient<Trigger.Request, Trigger.Response> service) {
    try {
      Trigger.Response response = service.call(new Trigger.Request()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!response.success()) {
        throw new BadInputException("the node refused to be " + (service == enable ? "enabled" : "reset") + ": " + response.message());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the node did not answer", e);
    }
  }

  /** Ends the replay at the next frame; any thread may call it. */
  public void stop() {
    stopped = true;
  }

  /** What happened so far. */
  public ReplayRecord record() {
    return record;
  }

  /** Commands that reached the robot. */
  public long commands() {
    return robot.commands();
  }

  /** Drops, refusals and verdicts, by name. */
  public Map<String, Long> counters() {
    return node.counters();
  }

  public Map<String, Latency> latencies() {
    return node.latencies();
  }

  @Override
  public void close() {
    node.close();
    nodeGraph.close();
    robot.close();
  }
}
