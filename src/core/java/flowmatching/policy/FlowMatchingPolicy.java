package flowmatching.policy;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import flowmatching.flow.RealTimeChunking;
import flowmatching.flow.Solver;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.Runtimes;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The flow matching policy: pictures and state in, actions out.
 *
 * <pre>{@code
 * try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(Path.of("outputs/train/x/checkpoints/last"))) {
 *   policy.reset();
 *   float[] action = policy.selectAction(observation);
 * }
 * }</pre>
 *
 * <p>Not safe for use by several threads at once, except {@link #setIntegration} and {@link #close}, which waits for a prediction. After it
 * whatever predicts throws an {@link IllegalStateException}: native memory that is gone would take the process down.
 */
public final class FlowMatchingPolicy implements ChunkPolicy {
  private static final Logger LOG = LogManager.getLogger(FlowMatchingPolicy.class);

  private final Checkpoint checkpoint;
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final PolicySession session;
  private final PolicyOptions options;
  private final ObservationEncoder encoder;
  private final SplittableRandom random;
  private final Deque<float[]> queue = new ArrayDeque<>();
  private volatile IntegrationPlan plan;
  private boolean closed;

  private FlowMatchingPolicy(Checkpoint checkpoint, PolicyOptions options) {
    this(checkpoint, checkpoint.config(), processors(checkpoint, options), options, () -> open(checkpoint, options));
  }

  private FlowMatchingPolicy(
      Checkpoint checkpoint, FlowMatchingConfig config, PolicyProcessors processors, PolicyOptions options, Supplier<PolicySession> opening) {
    this.checkpoint = checkpoint;
    this.config = config;
    this.options = options;
    this.processors = processors;
    this.plan = options.solver().plan(options.numSteps().orElse(config.numSteps()));
    this.random = options.seed().isPresent() ? new SplittableRandom(options.seed().getAsLong()) : new SplittableRandom();
    // Last, because nothing closes a session whose policy failed to be made.
    this.session = opening.get();
    this.encoder = new ObservationEncoder(config, processors, session);
  }

  private static PolicyProcessors processors(Checkpoint checkpoint, PolicyOptions options) {
    return options.normalize() ? PolicyProcessors.load(checkpoint.directory(), checkpoint.config()) : PolicyProcessors.none();
  }

  private static PolicySession open(Checkpoint checkpoint, PolicyOptions options) {
    try {
      return Runtimes.open(options.runtime(), checkpoint, options.machine());
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /** Loads a checkpoint's directory with {@link PolicyOptions#defaults}. */
  public static FlowMatchingPolicy fromPretrained(Path directory) {
    return fromPretrained(directory, PolicyOptions.defaults());
  }

  /**
   * Loads a checkpoint's directory.
   *
   * @throws BadInputException where a file is missing, broken or does not fit the others, or no runtime is usable
   */
  public static FlowMatchingPolicy fromPretrained(Path directory, PolicyOptions options) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    if (!checkpoint.config().unknownKeys().isEmpty()) {
      LOG.warn("{}: config.json has keys that are not known here and have no effect: {}", directory, checkpoint.config().unknownKeys());
    }
    try {
      return new FlowMatchingPolicy(checkpoint, options);
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /** A new policy with random weights and no normalisation, for measuring and for tests. */
  public FlowMatchingPolicy(FlowMatchingConfig config) {
    this(Checkpoint.temporary(config), PolicyOptions.defaults().withoutNormalization());
  }

  /**
   * A policy whose weights are in memory, such as one that is being trained; it has no directory.
   *
   * @param session is closed with the policy
   */
  public static FlowMatchingPolicy of(FlowMatchingConfig config, PolicyProcessors processors, PolicySession session, PolicyOptions options) {
    return new FlowMatchingPolicy(null, config, processors, options, () -> session);
  }

  public FlowMatchingConfig config() {
    return config;
  }

  /** Where its files are. @throws IllegalStateException where it has none */
  public Path directory() {
    if (checkpoint == null) {
      throw new IllegalStateException("a policy in memory has no directory");
    }
    return checkpoint.directory();
  }

  /** Renaming and normalisation, as the checkpoint's files say. */
  public PolicyProcessors processors() {
    return processors;
  }

  /** Which runtime, version, device and precision really run. */
  public String runtime() {
    return session.description();
  }

  @Override
  public PolicySpec spec() {
    return PolicySpec.of(config);
  }

  /** Changes solver and steps from the next chunk on; any thread may call it. @throws BadInputException where the steps are not 1 to 1000 */
  public void setIntegration(Solver solver, int steps) {
    plan = solver.plan(steps);
  }

  /** Empties the action queue: the next {@link #selectAction} predicts anew. */
  @Override
  public void reset() {
    queue.clear();
  }

  /**
   * One action, as the original gives it: a chunk is predicted when the queue is empty and then played to its end.
   *
   * @param observation pictures and state in the data set's units; looked at only when a chunk is due
   * @return {@code action_dim} values in the data set's units
   * @throws BadInputException where a camera is missing, or the state is of the wrong size or not finite
   */
  public float[] selectAction(Observation observation) {
    if (queue.isEmpty()) {
      ActionChunk chunk = predictActionChunk(observation);
      for (int step = 0; step < chunk.steps(); step++) {
        queue.add(chunk.action(step));
      }
    }
    return queue.remove();
  }

  /**
   * The chunk of {@code n_action_steps} actions that follows an observation, in the data set's units.
   *
   * @throws BadInputException where a camera is missing, or the state is of the wrong size or not finite
   */
  public ActionChunk predictActionChunk(Observation observation) {
    return predict(observation, null);
  }

  /**
   * The chunk that a certain noise leads to.
   *
   * @param noise {@code n_action_steps * max_action_dim} values, standard normal
   */
  public ActionChunk predictActionChunk(Observation observation, float[] noise) {
    int values = config.chunkLength() * config.maxActionDim();
    if (noise.length != values) {
      throw new BadInputException("noise: expected " + values + " values, found " + noise.length);
    }
    return predict(List.of(observation), null, Arrays.copyOf(noise, session.batch() * values)).get(0);
  }

  /** Observations that {@link #predictActionChunks} takes at the most: the batch of {@link PolicyOptions#machine}. */
  public int batch() {
    return session.batch();
  }

  /**
   * The chunks that follow several observations, in one run; with a seed the same as one after the other.
   *
   * @param observations 1 to {@link #batch}
   */
  public List<ActionChunk> predictActionChunks(List<Observation> observations) {
    if (observations.isEmpty() || observations.size() > batch()) {
      throw new BadInputException("observations: expected 1 to " + batch() + ", found " + observations.size());
    }
    return predict(observations, null, noise(observations.size()));
  }

  /** {@inheritDoc} The prefix has an effect only with {@link PolicyOptions#withRealTimeChunking}. */
  @Override
  public ActionChunk predict(Observation observation, ActionPrefix prefix) {
    return predict(List.of(observation), prefix, noise(1)).get(0);
  }

  /** Noise for some observations, zeros for what is left of the batch. */
  private float[] noise(int observations) {
    int values = config.chunkLength() * config.maxActionDim();
    float[] x = new float[session.batch() * values];
    for (int i = 0; i < observations * values; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private synchronized List<ActionChunk> predict(List<Observation> observations, ActionPrefix prefix, float[] x) {
    if (closed) {
      throw new IllegalStateException("the policy is closed");
    }
    IntegrationPlan current = plan;
    encoder.encode(observations);
    session.integrate(current, guidance(prefix, current), x);
    return IntStream.range(0, observations.size()).mapToObj(place -> unnormalized(x, place * config.chunkLength())).toList();
  }

  /** @param first the chunk's first action in {@code x} */
  private ActionChunk unnormalized(float[] x, int first) {
    int dimension = config.actionDim();
    float[] actions = new float[config.chunkLength() * dimension];
    for (int i = 0; i < actions.length; i++) {
      int index = i % dimension;
      actions[i] = processors.action().unnormalize(x[(first + i / dimension) * config.maxActionDim() + index], index);
    }
    return new ActionChunk(config.chunkLength(), dimension, actions);
  }

  private Guidance guidance(ActionPrefix prefix, IntegrationPlan current) {
    if (prefix == null || options.rtc() == null || prefix.remaining().steps() == 0) {
      return null;
    }
    ActionChunk old = prefix.remaining();
    if (old.dimension() != config.actionDim()) {
      throw new BadInputException("prefix: expected actions of " + config.actionDim() + " values, found " + old.dimension());
    }
    int width = config.maxActionDim();
    float[] values = new float[old.steps() * width];
    for (int step = 0; step < old.steps(); step++) {
      for (int i = 0; i < old.dimension(); i++) {
        float value = processors.action().normalize(old.at(step, i), i);
        if (!Float.isFinite(value)) {
          // It would stay with the session: runtimes multiply what is left of a target by 0 where a chunk has no guidance.
          throw new BadInputException("prefix: action " + step + ": value " + i + ": expected a finite value, found " + old.at(step, i));
        }
        values[step * width + i] = value;
      }
    }
    // Above the number of steps the pull overshoots: a step of 1/N times the gain passes the target.
    double gain = Math.min(options.maxGuidanceWeight(), current.steps());
    return RealTimeChunking.guidance(
        values, old.steps(), config.chunkLength(), width, options.rtc(), prefix.inferenceDelay(), prefix.executionHorizon(), gain);
  }

  /** Frees native memory, after the prediction of another thread if there is one. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    queue.clear(); // else what is left of a chunk would be played as if nothing had happened
    session.close();
    if (checkpoint != null) {
      checkpoint.close();
    }
  }
}
