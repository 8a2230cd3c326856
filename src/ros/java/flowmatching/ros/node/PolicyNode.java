package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.ControllerStatus;
import flowmatching.control.Counters;
import flowmatching.control.Latency;
import flowmatching.control.PolicyController;
import flowmatching.control.Transition;
import flowmatching.policy.ChunkPolicy;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.parameter.ParameterServices;
import flowmatching.ros.parameter.Parameters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The ROS node: cameras and joint states in, commands out, a policy in between. docs/topics.md lists what it subscribes,
 * publishes and serves.
 *
 * <pre>{@code
 * try (PolicyNode node = PolicyNode.start(graph, robot, parameters, loader.load(parameters), loader)) {
 *   shutdown.await();
 * }
 * }</pre>
 */
public final class PolicyNode implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger();
  private static final int LOOK_MILLISECONDS = 100;
  private static final int REPORT_MILLISECONDS = 1000;

  private final RobotGraph graph;
  private final RobotDescription robot;
  private final Parameters parameters;
  private final List<Endpoint> opened = new ArrayList<>();
  private final Counters counters = new Counters();
  private final AtomicLong refusedSets = counters.named("parameters.refused");
  private final NodeLog log;
  private final CommandOutput commands;
  private final PolicyController controller;
  private final NodeInputs inputs;
  private final PolicyInUse policies;
  private final Provenance provenance;
  private final NodeLifecycle lifecycle;
  private final LifecycleServices lifecycleServices;
  private final Publisher<DiagnosticArray> diagnostics;
  private final NodeDiagnostics report;
  private final ClockWatch clockWatch;
  private final ScheduledExecutorService timer;
  private ParameterServices parameterServices;
  private boolean configured;
  private volatile Map<String, Long> countedLast;
  private volatile long newestTime = Long.MIN_VALUE;
  private volatile boolean closed;

  private PolicyNode(RobotGraph graph, RobotDescription robot, Parameters parameters, PolicyLoader loader) {
    this.graph = graph;
    this.robot = robot;
    this.parameters = parameters;
    ThreadFactory threads = threads(graph.names().fullName());
    Deque<Runnable> undo = new ArrayDeque<>();
    try {
      log = new NodeLog(graph, counters);
      undo.push(log::close);
      commands = new CommandOutput(graph, robot);
      opened.add(commands.publisher());
      ChunkOutput chunks = new ChunkOutput(graph, robot);
      opened.add(chunks.publisher());
      diagnostics = graph.advertise("/diagnostics", DiagnosticArray.TYPE, QualityOfService.DEFAULT);
      opened.add(diagnostics);
      clockWatch = new ClockWatch(graph.clock(), log);
      report = new NodeDiagnostics(graph.names().fullName(), robot.name());
      provenance = new Provenance(graph, robot.name(), parameters.text("robot"), log, threads);
      undo.push(provenance::close);
      controller = new PolicyController(
          PolicyParameters.controller(robot, parameters), graph.clock(), commands.sink(), chunks, threads);
      undo.push(controller::close);
      inputs = new NodeInputs(robot, controller, counters);
      policies = new PolicyInUse(loader, robot, parameters, inputs, controller, log, threads, provenance::describe);
      lifecycle = new NodeLifecycle(controller, policies, threads);
      lifecycleServices = new LifecycleServices(graph, lifecycle, log, this::look);
      timer = Executors.newSingleThreadScheduledExecutor(threads);
    } catch (RuntimeException e) { // the graph lives on: nothing of this node is to stay in it, nor its threads
      undo.forEach(Runnable::run);
      opened.forEach(Endpoint::close);
      throw e;
    }
  }

  /**
   * Starts the node. It becomes inactive, or active where the parameters say {@code autostart}.
   *
   * @param graph where it lives; stays open for as long as the node, and belongs to the caller
   * @param robot cameras, joints and topics; where the parameter {@code robot} is the path of its file, {@code ~/provenance} has
   *     the hash
   * @param parameters of the node; changes take effect at once
   * @param first the policy to begin with; from here on the node owns it and closes it, also where this method throws
   * @param loader loads other policies later, when {@code policy_path} changes
   * @throws BadInputException where robot, policy and parameters do not fit together
   */
  public static PolicyNode start(
      RobotGraph graph, RobotDescription robot, Parameters parameters, LoadedPolicy first, PolicyLoader loader) {
    PolicyNode node = null;
    try {
      checkClock(graph, parameters);
      node = new PolicyNode(graph, robot, parameters, loader);
      node.open(first);
      return node;
    } catch (RuntimeException e) {
      if (node != null) {
        node.close();
      }
      if (node == null || !node.configured) {
        first.policy().close();
      }
      throw e;
    }
  }

  /** Starts a node that keeps its policy: {@code policy_path} cannot change. See the other method. */
  public static PolicyNode start(
      RobotGraph graph, RobotDescription robot, Parameters parameters, ChunkPolicy policy, String runtime) {
    return start(graph, robot, parameters, LoadedPolicy.of(policy, runtime), PolicyLoader.NONE);
  }

  private static void checkClock(RobotGraph graph, Parameters parameters) {
    if (graph.clock().simulated() != parameters.bool("use_sim_time")) {
      throw new BadInputException("use_sim_time is " + parameters.bool("use_sim_time") + ", but the graph's clock is "
          + (graph.clock().simulated() ? "/clock" : "the system's"));
    }
  }

  private void open(LoadedPolicy first) {
    followClock();
    configure(first);
    followParameters();
    parameterServices = new ParameterServices(graph, parameters, reason -> {
      refusedSets.incrementAndGet();
      log.onRequest(Level.WARN, "a parameter was refused: " + reason);
    });
    lifecycleServices.open();
    serve("~/enable", () -> controller.activate("~/enable was called"));
    serve("~/disable", () -> controller.deactivate("~/disable was called"));
    serve("~/reset", () -> controller.reset("~/reset was called"));
    serve("~/emergency_stop", () -> controller.emergencyStop("~/emergency_stop was called"));
    inputs.open(graph);
    look();
    timer.scheduleAtFixedRate(this::look, LOOK_MILLISECONDS, LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
    // After a standstill of the process there is nothing to catch up: rates would be those of an instant, and the clock's looks no seconds.
    timer.scheduleWithFixedDelay(this::publishDiagnostics, 0, REPORT_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  private void configure(LoadedPolicy first) {
    Transition transition = policies.configure(first, parameters.text(PolicyInUse.PATH));
    if (!transition.accepted()) {
      throw new IllegalStateException(transition.message());
    }
    configured = true;
  }

  private void followClock() {
    if (graph.clock().simulated()) {
      if (graph.clock().started()) {
        onClock(graph.clock().now()); // a paused simulator may not say it again
      }
      opened.add(graph.clock().onStep(this::onClock));
    }
  }

  private void onClock(long now) {
    long before = newestTime;
    newestTime = now;
    controller.onClock(now);
    if (now < before && controller.config().rearmAfterClockJump()) { // else the state changes, and says it
      log.onRequest(Level.INFO, String.format(Locale.ROOT, "simulated time jumped back by %.3f s: a new episode begins with new samples and a new chunk", (before - now) / 1e9));
    }
  }

  private void followParameters() {
    parameters.check(proposed -> {
      if (!closed) {
        policies.check(proposed);
        PolicyParameters.controller(robot, proposed);
      }
    });
    parameters.onSet((changed, names) -> {
      if (!closed) {
        controller.retune(PolicyParameters.controller(robot, changed));
        policies.changed(changed);
        logValues(changed, names);
      }
    });
  }

  private void logValues(Parameters changed, Set<String> names) {
    names.stream().sorted().forEach(name -> log.onRequest(Level.INFO, "parameter " + name + " is now " + changed.value(name)));
  }

  private void serve(String name, Supplier<Transition> change) {
    opened.add(graph.serve(name, Trigger.TYPE, request -> {
      Transition transition = lifecycle.ended() ? new Transition(false, "the node is shut down") : change.get();
      if (!transition.accepted()) {
        log.onRequest(Level.WARN, name + " was refused: " + transition.message());
      }
      look();
      return new Trigger.Response(transition.accepted(), transition.message());
    }));
  }

  /** Tells the graph about a state that is new. */
  private void look() {
    try {
      log.status(status(), parameters.bool("shadow"));
      lifecycleServices.announce();
    } catch (RuntimeException e) {
      LOG.error("the state could not be published", e); // thrown further, it would be the last look
    }
  }

  private void publishDiagnostics() {
    try {
      clockWatch.look();
      ControllerStatus status = status();
      Health health = Health.of(status, parameters.bool("shadow"), clockWatch.trouble(), lifecycle.ended());
      diagnostics.publish(report.report(graph.clock().now(), health, status, facts(), count(), latencies()));
    } catch (RuntimeException e) {
      LOG.error("diagnostics could not be published", e); // thrown further, it would be the last report
    }
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("lifecycle", lifecycle.state().label());
    LoadedPolicy policy = policies.current();
    facts.put("runtime", policy == null ? "none" : policy.runtime());
    String path = policies.path();
    facts.put("policy_path", path == null ? "none" : path);
    if (policy != null && provenance.weights() != null) {
      facts.put("policy.sha256", provenance.weights());
    }
    return facts;
  }

  /** What the node is doing, and why. */
  public ControllerStatus status() {
    return controller.status();
  }

  /** Whether the policy is at a chunk. A simulator that waits for it sees the same on machines of any speed. */
  public boolean isPredicting() {
    return controller.isPredicting();
  }

  /** Whether the lifecycle's {@code shutdown} was called: the node does nothing more and is to be closed. */
  public boolean ended() {
    return lifecycle.ended();
  }

  /** Every message dropped or refused and every verdict on a command, by name; of a node that is closed, until then. */
  public Map<String, Long> counters() {
    Map<String, Long> last = countedLast;
    return last == null ? count() : new LinkedHashMap<>(last);
  }

  private Map<String, Long> count() {
    Map<String, Long> all = inputs.counters();
    all.put("requests.malformed", graph.refusedRequests());
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
    lifecycle.end(); // needs the topics: commands go out until the robot stands
    if (configured) {
      look();
      publishDiagnostics();
    }
    countedLast = count();
    inputs.close();
    if (parameterServices != null) {
      parameterServices.close();
    }
    lifecycleServices.close();
    provenance.close();
    opened.forEach(Endpoint::close);
    log.close();
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
