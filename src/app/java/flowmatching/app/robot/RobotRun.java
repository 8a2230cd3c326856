package flowmatching.app.robot;

import flowmatching.control.ControllerStatus;
import flowmatching.flow.Solver;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.parameter.Parameters;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Runs the policy node on a robot's graph until it is stopped, and logs each change of its state. */
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
  public RobotRun(RobotGraph graph, RobotDescription robot, Parameters parameters, FlowMatchingPolicy policy) {
    this.graph = graph;
    List<String> unlimited = robot.actions().stream().filter(a -> Double.isInfinite(a.limits().maxVelocity())).map(ActionJoint::name).toList();
    if (!unlimited.isEmpty()) {
      LOG.warn("joints {} have no max_velocity: nothing slows their way to the policy's first action", unlimited);
    }
    try {
      node = PolicyNode.start(graph, robot, parameters, policy, policy.runtime());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
    parameters.onChange(changed -> policy.setIntegration(
        Solver.parse(changed.text("solver")), changed.integer("num_steps") > 0 ? (int) changed.integer("num_steps") : policy.config().numSteps()));
  }

  /** Returns once {@link #stop} was called or the thread interrupted. */
  public void await() {
    ControllerStatus last = null;
    try {
      do {
        ControllerStatus now = node.status();
        if (!now.equals(last)) {
          LOG.info("{}", now);
          last = now;
        }
      } while (!stopped.await(LOOK_MILLISECONDS, TimeUnit.MILLISECONDS));
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
