package flowmatching.app.gazebo;

import flowmatching.BadInputException;
import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.app.robot.Transport;
import flowmatching.control.ControllerState;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.PolicyLoader;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The policy node drives the arm in Gazebo, in simulated time that waits for nobody: a policy that is slower than the simulation is late,
 * as on a robot.
 */
public final class TabletopTrials implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;
  private static final long LOOK_MILLISECONDS = 20;

  private final RobotGraph nodeGraph;
  private final Tabletop table;
  private final PolicyNode node;
  private final ServiceClient<Trigger.Request, Trigger.Response> enable;
  private final ServiceClient<Trigger.Request, Trigger.Response> disable;

  /**
   * How an episode went.
   *
   * @param success whether the cube lay on the spot in time
   * @param seconds of simulated time that it took
   */
  public record Trial(boolean success, double seconds) {}

  /**
   * Starts the node and one beside it.
   *
   * @param graph where Gazebo is
   * @param robot {@code config/robots/gazebo_arm.yaml}
   * @param policy the trials close it, also where this throws
   * @param given parameters of the node
   * @throws BadInputException where the policy is not one for this arm
   */
  public TabletopTrials(Transport.Graph graph, RobotDescription robot, FlowMatchingPolicy policy, Map<String, Object> given) {
    Map<String, Object> all = new LinkedHashMap<>(given);
    all.put("use_sim_time", true);
    GraphNames names = GraphNames.of("/", "flowmatching");
    RobotGraph joined = null;
    try {
      joined = graph.join(names, true);
      node = PolicyNode.start(joined, robot, Parameters.with(all), FlowMatchingLoader.of(policy), PolicyLoader.NONE);
    } catch (RuntimeException e) {
      if (joined != null) {
        joined.close();
      }
      policy.close();
      throw e;
    }
    nodeGraph = joined;
    try {
      RobotGraph beside = graph.join(GraphNames.of("/", "flowmatching_table"), true);
      table = new Tabletop(beside, robot);
      enable = beside.client(names.resolve("~/enable"), Trigger.TYPE);
      disable = beside.client(names.resolve("~/disable"), Trigger.TYPE);
    } catch (RuntimeException e) {
      node.close();
      nodeGraph.close();
      throw e;
    }
  }

  /**
   * Plays one episode.
   *
   * @param seed of where the cube lies
   */
  public Trial play(long seed) throws InterruptedException {
    table.begin(seed);
    double begin = table.now();
    call(enable);
    boolean success = table.awaitSuccess();
    double seconds = table.now() - begin;
    call(disable);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (node.status().state() != ControllerState.INACTIVE) {
      if (System.nanoTime() > deadline) {
        throw new BadInputException("the node does not come to rest: " + node.status());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLISECONDS);
    }
    return new Trial(success, seconds);
  }

  private static void call(ServiceClient<Trigger.Request, Trigger.Response> service) throws InterruptedException {
    try {
      Trigger.Response response = service.call(new Trigger.Request()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!response.success()) {
        throw new BadInputException("the node refuses: " + response.message());
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new BadInputException(service.name() + ": expected an answer, found none", e);
    }
  }

  @Override
  public void close() {
    node.close();
    table.close();
    nodeGraph.close();
  }
}
