package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.PolicyController;
import flowmatching.control.Transition;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.parameter.Parameters;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The policy that drives the robot, and how another takes its place: it is loaded beside the one that runs and takes over between
 * two chunks. Where it cannot be used the one that runs stays, and {@code policy_path} says so again. In the same way a policy's
 * successor, the same policy on a runtime that had to be built, takes over from it.
 */
final class PolicyInUse implements AutoCloseable {
  static final String PATH = "policy_path";
  private static final String HORIZON = "execution_horizon";

  private final PolicyLoader loader;
  private final RobotDescription robot;
  private final Parameters parameters;
  private final NodeInputs inputs;
  private final PolicyController controller;
  private final NodeLog log;
  private final BiConsumer<LoadedPolicy, String> adopted;
  private final ExecutorService background;
  private volatile LoadedPolicy current;
  private volatile String path;
  private volatile boolean configuring;
  private volatile boolean closed;
  private Future<?> succession;

  /** @param adopted hears of each policy and its path when it comes into use */
  PolicyInUse(
      PolicyLoader loader, RobotDescription robot, Parameters parameters, NodeInputs inputs, PolicyController controller, NodeLog log,
      ThreadFactory threads, BiConsumer<LoadedPolicy, String> adopted) {
    this.loader = loader;
    this.robot = robot;
    this.parameters = parameters;
    this.inputs = inputs;
    this.controller = controller;
    this.log = log;
    this.adopted = adopted;
    background = Executors.newSingleThreadExecutor(threads);
  }

  /** The policy, or null where there is none. */
  LoadedPolicy current() {
    return current;
  }

  /** The path of the policy in use, which {@code policy_path} is not while another is loaded; null where there is none. */
  String path() {
    return path;
  }

  /** Whether a policy is being loaded for a node that has none. */
  boolean configuring() {
    return configuring;
  }

  /** @throws BadInputException where the parameters, as they would be, do not suit the policy or name one that cannot be loaded */
  void check(Parameters proposed) {
    LoadedPolicy policy = current;
    if (policy != null) {
      checkHorizon(proposed, policy.policy().spec());
    }
    if (!proposed.text(PATH).equals(path) && !proposed.text(PATH).equals(parameters.text(PATH))) {
      loader.check(proposed);
    }
  }

  private static void checkHorizon(Parameters parameters, PolicySpec policy) {
    if (parameters.integer(HORIZON) > policy.chunkLength()) {
      throw new BadInputException("parameter " + HORIZON + " must be at most the policy's chunk of " + policy.chunkLength()
          + " actions, found " + parameters.integer(HORIZON));
    }
  }

  /** Takes changed parameters: those that tune the policy at once, another path in the background. */
  synchronized void changed(Parameters changed) {
    if (current != null) {
      current.tuning().accept(changed);
      if (!changed.text(PATH).equals(path)) {
        endSuccession();
        inBackground(this::replace);
      }
    }
  }

  /**
   * Gives the controller its first policy.
   *
   * @return refused, and the policy still the caller's, where the controller has one or is shut down
   * @throws BadInputException where policy, robot and parameters do not fit together; the policy stays the caller's
   */
  synchronized Transition configure(LoadedPolicy first, String itsPath) {
    prepare(first);
    Transition transition = controller.configure(new RobotPolicy(first.policy(), robot, inputs.cameras()));
    if (transition.accepted()) {
      adopt(first, itsPath);
    }
    return transition;
  }

  /** Loads a policy for a controller that has none; it is configured some time after this has returned. */
  synchronized Transition configure() {
    if (configuring) {
      return new Transition(true, "the policy is being loaded already");
    }
    try {
      loader.check(parameters);
    } catch (BadInputException e) {
      return new Transition(false, e.getMessage());
    }
    configuring = true;
    inBackground(this::loadFirst);
    return new Transition(true, "loading policy " + parameters.text(PATH));
  }

  /** Has the controller close its policy; nothing takes that one's place meanwhile. */
  synchronized Transition cleanUp(String reason) {
    Transition transition = controller.cleanup(reason);
    if (transition.accepted()) {
      endSuccession();
      current = null;
      path = null;
    }
    return transition;
  }

  private void prepare(LoadedPolicy policy) {
    robot.check(policy.policy().spec());
    checkHorizon(parameters, policy.policy().spec());
    policy.tuning().accept(parameters); // they may have changed while it was loaded
  }

  private void adopt(LoadedPolicy policy, String itsPath) {
    current = policy;
    path = itsPath;
    adopted.accept(policy, itsPath);
    if (policy.successor() != null) {
      log.info("policy " + itsPath + " runs on " + policy.runtime() + " while another runtime is made ready");
      beginSuccession();
    }
  }

  private synchronized void beginSuccession() {
    LoadedPolicy before = current;
    String itsPath = path;
    if (before != null && before.successor() != null) {
      succession = inBackground(() -> succeed(before, itsPath));
    }
  }

  private void succeed(LoadedPolicy before, String itsPath) {
    if (closed || current != before) {
      return;
    }
    load(itsPath, before.successor(), next -> succeedBy(before, next, itsPath));
  }

  private synchronized void succeedBy(LoadedPolicy before, LoadedPolicy next, String itsPath) {
    if (closed || current != before) {
      throw new BadInputException("another policy is in use by now");
    }
    prepare(next);
    controller.setPolicy(new RobotPolicy(next.policy(), robot, inputs.cameras()));
    adopt(next, itsPath);
    log.info("policy " + itsPath + " runs on " + next.runtime() + " from the next chunk on");
  }

  /** Stops a build whose result would not be used any more. */
  private void endSuccession() {
    if (succession != null) {
      succession.cancel(true);
      succession = null;
    }
  }

  private void loadFirst() {
    if (closed) {
      return;
    }
    Parameters wanted = parameters.copy();
    load(wanted.text(PATH), () -> loader.load(wanted), policy -> {
      Transition transition = configure(policy, wanted.text(PATH));
      if (!transition.accepted()) {
        throw new BadInputException(transition.message());
      }
    });
    configuring = false;
    replace(); // where another path was set meanwhile
  }

  private void replace() {
    Parameters wanted = parameters.copy();
    String before = path;
    if (closed || before == null || before.equals(wanted.text(PATH))) {
      return; // cleaned up, or set back, or loaded by the request before
    }
    log.info("loading policy " + wanted.text(PATH));
    boolean replaced = load(wanted.text(PATH), () -> loader.load(wanted), policy -> replaceBy(policy, wanted.text(PATH)));
    if (!replaced && path != null) {
      setBack(wanted.text(PATH), before);
      beginSuccession(); // the wish for another policy had ended it
    }
  }

  private synchronized void replaceBy(LoadedPolicy next, String itsPath) {
    if (path == null) {
      next.policy().close(); // cleaned up meanwhile: the next one to be configured is the one that was asked for
      return;
    }
    prepare(next);
    controller.setPolicy(new RobotPolicy(next.policy(), robot, inputs.cameras()));
    adopt(next, itsPath);
    log.info("policy " + itsPath + " takes over with the next chunk");
  }

  /** What is done with a policy once it is loaded; refuses it by an exception. */
  private interface Use {
    void accept(LoadedPolicy policy);
  }

  private boolean load(String wanted, Supplier<LoadedPolicy> loading, Use use) {
    LoadedPolicy loaded = null;
    try {
      loaded = loading.get();
      use.accept(loaded);
      return true;
    } catch (RuntimeException | Error e) { // a mapped file that was cut off is an InternalError
      if (loaded != null) {
        loaded.policy().close();
      }
      if (closed || Thread.interrupted()) {
        return false;
      }
      String kept = path == null ? "" : "; " + path + (path.equals(wanted) ? " stays in use as it is" : " stays in use");
      log.error("policy " + wanted + " cannot be used: " + reason(e) + kept);
      return false;
    }
  }

  private static String reason(Throwable e) {
    return e instanceof BadInputException ? e.getMessage() : e.toString();
  }

  /** Makes the parameter tell the truth again, unless somebody has set it anew. */
  private void setBack(String refused, String inUse) {
    synchronized (parameters) {
      if (parameters.text(PATH).equals(refused)) {
        parameters.set(Map.of(PATH, inUse));
      }
    }
  }

  private Future<?> inBackground(Runnable work) {
    try {
      return background.submit(work);
    } catch (RejectedExecutionException e) {
      configuring = false; // the node is being closed
      return null;
    }
  }

  /** Starts to load nothing more; what is being loaded is closed when it is there, what is being built is given up. */
  @Override
  public void close() {
    closed = true;
    background.shutdown();
    synchronized (this) {
      endSuccession();
    }
  }
}
