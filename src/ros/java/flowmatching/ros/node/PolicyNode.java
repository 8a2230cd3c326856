package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.ControllerStatus;
import flowmatching.control.Latency;
import flowmatching.control.PolicyController;
import flowmatching.control.Transition;
import flowmatching.policy.ChunkPolicy;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.parameter.ParameterServices;
import flowmatching.ros.parameter.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The ROS node: cameras and joint states in, commands out, a policy in between. docs/topics.md lists what it subscribes,
 * publishes and serves.
 *
 * <pre>{@code
 * try (PolicyNode node = PolicyNode.start(graph, robot, parameters, policy, policy.runtime())) {
 *   shutdown.await();
 * }
 * }</pre>
 */
public final class PolicyNode implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger();

  private final RobotGraph graph;
  private final RobotDescription robot;
  private final Parameters parameters;
  private final List<Endpoint> opened = new ArrayList<>();
  private final CommandOutput commands;
  private final PolicyController controller;
  private final NodeInputs inputs;
  private final Publisher<DiagnosticArray> diagnostics;
  private final NodeDiagnostics report;
  private final ScheduledExecutorService timer;
  private ParameterServices parameterServices;
  private boolean configured;
  private volatile boolean closed;

  private PolicyNode(RobotGraph graph, RobotDescription robot, Parameters parameters, PolicySpec policy, String runtime) {
    this.graph = graph;
    this.robot = robot;
    this.parameters = parameters;
    ThreadFactory threads = threads(graph.names().fullName());
    commands = new CommandOutput(graph, robot);
    ChunkOutput chunks = new ChunkOutput(graph, robot);
    diagnostics = graph.advertise("/diagnostics", DiagnosticArray.TYPE, QualityOfService.DEFAULT);
    opened.addAll(List.of(commands.publisher(), chunks.publisher(), diagnostics));
    report = new NodeDiagnostics(graph.names().fullName(), robot.name(), runtime);
    controller = new PolicyController(
        PolicyParameters.controller(robot, parameters), graph.clock(), commands.sink(), chunks, threads);
    inputs = new NodeInputs(robot, policy, controller);
    timer = Executors.newSingleThreadScheduledExecutor(threads);
  }

  /**
   * Starts the node. It becomes inactive, or active where the parameters say {@code autostart}.
   *
   * @param graph where it lives; stays open for as long as the node, and belongs to the caller
   * @param robot cameras, joints and topics
   * @param parameters of the node; changes take effect at once
   * @param policy in the data set's units; from here on the node owns it and closes it, also where this method throws
   * @param runtime what runs the policy, for diagnostics
   * @throws BadInputException where robot, policy and parameters do not fit together
   */
  public static PolicyNode start(
      RobotGraph graph, RobotDescription robot, Parameters parameters, ChunkPolicy policy, String runtime) {
    PolicyNode node = null;
    try {
      check(graph, robot, parameters, policy);
      node = new PolicyNode(graph, robot, parameters, policy.spec(), runtime);
      node.open(policy);
      return node;
    } catch (RuntimeException e) {
      if (node != null) {
        node.close();
      }
      if (node == null || !node.configured) {
        policy.close();
      }
      throw e;
    }
  }

  private static void check(RobotGraph graph, RobotDescription robot, Parameters parameters, ChunkPolicy policy) {
    robot.check(policy.spec());
    checkHorizon(parameters, policy.spec());
    if (graph.clock().simulated() != parameters.bool("use_sim_time")) {
      throw new BadInputException("use_sim_time is " + parameters.bool("use_sim_time") + ", but the graph's clock is "
          + (graph.clock().simulated() ? "/clock" : "the system's"));
    }
  }

  private void open(ChunkPolicy policy) {
    followClock();
    followParameters(policy.spec());
    controller.configure(new RobotPolicy(policy, robot, inputs.cameras()));
    configured = true;
    parameterServices = new ParameterServices(graph, parameters, reason -> LOG.warn("a parameter was not set: {}", reason));
    serve("~/enable", () -> controller.activate("~/enable was called"));
    serve("~/disable", () -> controller.deactivate("~/disable was called"));
    serve("~/reset", () -> controller.reset("~/reset was called"));
    serve("~/emergency_stop", () -> controller.emergencyStop("~/emergency_stop was called"));
    inputs.open(graph);
    timer.scheduleAtFixedRate(this::publishDiagnostics, 0, 1, TimeUnit.SECONDS);
  }

  private void followClock() {
    if (graph.clock().simulated()) {
      if (graph.clock().started()) {
        controller.onClock(graph.clock().now()); // a paused simulator may not say it again
      }
      opened.add(graph.clock().onStep(controller::onClock));
    }
  }

  private void followParameters(PolicySpec policy) {
    commands.setRate(parameters.number("control_rate"));
    parameters.check(proposed -> {
      checkHorizon(proposed, policy);
      PolicyParameters.controller(robot, proposed);
    });
    parameters.onChange(changed -> {
      if (!closed) {
        commands.setRate(changed.number("control_rate"));
        controller.retune(PolicyParameters.controller(robot, changed));
      }
    });
  }

  private static void checkHorizon(Parameters parameters, PolicySpec policy) {
    long horizon = parameters.integer("execution_horizon");
    if (horizon > policy.chunkLength()) {
      throw new BadInputException("parameter execution_horizon must be at most the policy's chunk of "
          + policy.chunkLength() + " actions, found " + horizon);
    }
  }

  private void serve(String name, Supplier<Transition> change) {
    opened.add(graph.serve(name, Trigger.TYPE, request -> {
      Transition transition = change.get();
      return new Trigger.Response(transition.accepted(), transition.message());
    }));
  }

  private void publishDiagnostics() {
    try {
      diagnostics.publish(report.report(graph.clock().now(), status(), counters(), latencies()));
    } catch (RuntimeException e) {
      LOG.error("diagnostics could not be published", e); // thrown further, it would be the last report
    }
  }

  /** What the node is doing, and why. */
  public ControllerStatus status() {
    return controller.status();
  }

  /** Every message dropped or refused and every verdict on a command, by name. */
  public Map<String, Long> counters() {
    Map<String, Long> all = inputs.counters();
    all.putAll(controller.counters());
    return all;
  }

  /** How long inference takes, how old observations are, how late commands are. */
  public Map<String, Latency> latencies() {
    return controller.latencies();
  }

  /** Brings the robot to rest, closes the policy and leaves the graph's topics and services. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    timer.shutdownNow();
    controller.close(); // needs the topics: it publishes until the robot stands
    inputs.close();
    if (parameterServices != null) {
      parameterServices.close();
    }
    opened.forEach(Endpoint::close);
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger count = new AtomicInteger();
    return runnable -> {
      Thread thread = new Thread(runnable, name + " thread " + count.incrementAndGet());
      thread.setDaemon(true); // a policy that never returns must not keep the process
      return thread;
    };
  }
}
