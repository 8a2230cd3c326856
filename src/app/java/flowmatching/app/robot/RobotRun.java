package flowmatching.app.robot;

import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Runs the policy node on a robot's graph until it is stopped, or the graph shuts it down. */
public final class RobotRun implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(RobotRun.class);
  private static final long LOOK_MILLISECONDS = 100;

  private final RobotGraph graph;
  private final PolicyNode node;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * Starts the node.
   *
   * @param graph where the robot is; closed with the run, also where this throws
   * @param policy closed with the run, also where this throws
   * @throws flowmatching.BadInputException where robot, policy and parameters do not fit together
   */
  public RobotRun(RobotGraph graph, RobotDescription robot, Parameters parameters, LoadedPolicy policy) {
    this.graph = graph;
    if (!robot.ofAnySpeed().isEmpty()) {
      LOG.warn("actions {} have no max_velocity: nothing limits how fast they move, also on the way to the policy's first action", robot.ofAnySpeed());
    }
    if (!robot.ofUnknownStart().isEmpty()) {
      LOG.warn("actions {} are positions, but state measures no joints of these names, only {}: they go to their first command at once", robot.ofUnknownStart(), robot.state().names());
    }
    try {
      LOG.info("node {} for robot {}: commands go to {}", graph.names().fullName(), robot.name(), graph.names().resolve(robot.command().topic()));
      node = PolicyNode.start(graph, robot, parameters, policy, new FlowMatchingLoader());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** Returns once {@link #stop} was called, the lifecycle's {@code shutdown} has ended the node, or the thread is interrupted. */
  public void await() {
    try {
      while (!node.ended() && !stopped.await(LOOK_MILLISECONDS, TimeUnit.MILLISECONDS)) {
        // The node works on its own threads.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends {@link #await}; any thread may call it. */
  public void stop() {
    stopped.countDown();
  }

  public PolicyNode node() {
    return node;
  }

  /** Brings the robot to rest and leaves the graph. */
  @Override
  public void close() {
    node.close();
    graph.close();
  }
}
