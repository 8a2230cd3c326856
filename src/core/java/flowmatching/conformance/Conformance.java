package flowmatching.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.flow.ProbabilityPath;
import flowmatching.flow.Solver;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.model.PolicyNetwork;
import flowmatching.model.TimeEmbedding;
import flowmatching.policy.ObservationEncoder;
import flowmatching.policy.PolicyProcessors;
import flowmatching.runtime.PolicySession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Recomputes every quantity of a {@code golden.safetensors} with a runtime and compares.
 *
 * <p>The file holds {@code in.*} (pictures as uint8 NCHW, state, action, noise, x_t, time) and {@code out.*}, what the PyTorch
 * reference gave for them. Model level: no statistics are applied.
 *
 * <p>{@code losses} are compared by their square roots, |noise - action - v|. Squaring multiplies every rounding by twice the
 * residual: the reference's own float32 losses lie up to 4.5e-5 from what float64 gives for the same weights (golden model d),
 * so their plain difference says more about the order of additions than about the runtime.
 */
public final class Conformance {
  /** What a checkpoint's directory holds beside its weights to be compared with. */
  public static final String GOLDEN = "golden.safetensors";

  private final FlowMatchingConfig config;
  private final PolicySession session;
  private final SafetensorsFile golden;
  private final ObservationEncoder encoder;
  private final GoldenObservations observations;
  private final int batch;
  private final int chunkValues;

  /**
   * One quantity's result.
   *
   * @param quantity its name without {@code out.}
   * @param values how many were compared
   * @param deviation largest absolute difference; NaN where something came out that is not a number
   * @param skipped why it was not computed, null where it was
   */
  public record Row(String quantity, int values, double deviation, String skipped) {}

  /**
   * @param directory holds {@code golden.json} and {@code golden.safetensors}
   * @throws BadInputException where one of them is missing or broken
   */
  public static List<Row> run(Path directory, Checkpoint checkpoint, PolicySession session) {
    try (SafetensorsFile golden = SafetensorsFile.open(directory.resolve(GOLDEN))) {
      List<Row> rows = new ArrayList<>(new Conformance(checkpoint, session, golden).run());
      Path file = directory.resolve("golden.json");
      rows.add(eulerTimes(file, JsonFile.read(file).path("euler_times")));
      return rows;
    }
  }

  private static Row eulerTimes(Path file, JsonNode expected) {
    double worst = expected.isEmpty() ? Double.NaN : 0;
    int values = 0;
    for (Map.Entry<String, JsonNode> entry : expected.properties()) {
      float[] times = Solver.EULER.plan(steps(file, entry.getKey())).times();
      for (int i = 0; i < Math.max(times.length, entry.getValue().size()); i++) {
        double golden = entry.getValue().path(i).asDouble(Double.NaN);
        double difference = i < times.length ? Math.abs(golden - times[i]) : Double.NaN;
        worst = Double.isNaN(difference) || Double.isNaN(worst) ? Double.NaN : Math.max(worst, difference);
        values++;
      }
    }
    return new Row("euler_times", values, worst, null);
  }

  private static int steps(Path file, String key) {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw new BadInputException(file + ": euler_times: expected numbers of steps, found '" + key + "'", e);
    }
  }

  private Conformance(Checkpoint checkpoint, PolicySession session, SafetensorsFile golden) {
    this.config = checkpoint.config();
    this.session = session;
    this.golden = golden;
    this.observations = new GoldenObservations(golden);
    this.encoder = new ObservationEncoder(config, PolicyProcessors.none(), session);
    this.batch = observations.count();
    this.chunkValues = config.chunkLength() * config.maxActionDim();
    checkInput("in.time", 1);
    checkInput("in.noise", chunkValues);
    checkInput("in.x_t", chunkValues);
    checkInput("in.action", config.chunkLength() * config.actionDim());
    checkInput("in.action_is_pad", config.chunkLength());
  }

  /** @param values of one observation */
  private void checkInput(String name, int values) {
    long found = golden.entry(name).count();
    if (found != (long) batch * values) {
      throw new BadInputException(
          golden.path() + ": " + name + ": expected " + values + " values for each of " + batch + " observations and this configuration, found " + found);
    }
  }

  private List<Row> run() {
    Map<String, float[]> computed = new HashMap<>();
    computed.put("time_frequencies", TimeEmbedding.frequencies(config.hiddenDim(), config.timeMinPeriod(), config.timeMaxPeriod()));
    for (int sample = 0; sample < batch; sample++) {
      compute(sample, computed);
    }
    losses(computed);
    List<Row> rows = new ArrayList<>();
    for (String name : golden.names()) {
      if (name.startsWith("out.")) {
        rows.add(compare(name.substring("out.".length()), computed));
      }
    }
    if (rows.isEmpty()) {
      throw new BadInputException(golden.path() + ": expected tensors named out.*, found none");
    }
    return rows;
  }

  private Row compare(String quantity, Map<String, float[]> computed) {
    float[] expected = golden.floats("out." + quantity);
    float[] found = computed.get(quantity);
    if (session.unsupported().contains(quantity)) {
      return new Row(quantity, 0, 0, "the runtime does not give it");
    }
    if (found == null) {
      return new Row(quantity, 0, Double.NaN, "not known here");
    }
    if (found.length != expected.length) {
      throw new BadInputException(golden.path() + ": out." + quantity + ": expected " + found.length + " values for this configuration, found " + expected.length);
    }
    boolean squared = quantity.equals("losses");
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = squared
          ? Math.abs(Math.sqrt(expected[i]) - Math.sqrt(found[i]))
          : Math.abs((double) expected[i] - found[i]);
      worst = Double.isNaN(difference) ? Double.NaN : Math.max(worst, difference);
      if (Double.isNaN(worst)) {
        break;
      }
    }
    return new Row(quantity, expected.length, worst, null);
  }

  private void compute(int sample, Map<String, float[]> computed) {
    float t = golden.floats("in.time")[sample];
    float[] x = part("in.x_t", sample);
    encoder.encode(observations.get(sample, config.cameras()));
    visionQuantities(sample, computed);
    collect(computed, "cond", sample, copy(session.condition(), 0, config.hiddenDim()));
    collect(computed, "time_embedding", sample, session.timeEmbedding(t));
    collect(computed, "velocity", sample, velocity(x, t));
    for (int steps : new int[] {1, 4, 10}) {
      float[] actions = part("in.noise", sample);
      session.integrate(Solver.EULER.plan(steps), null, actions);
      collect(computed, "sample_" + steps, sample, actions);
    }
    collect(computed, "losses", sample, squaredErrors(sample, t));
    if (config.emptyCameras() > 0 && config.cameras().size() > 1) {
      List<PolicyFeature> others = config.cameras().subList(1, config.cameras().size());
      encoder.encode(observations.get(sample, others));
      collect(computed, "velocity_first_camera_missing", sample, velocity(x, t));
    }
  }

  private float[] velocity(float[] x, float t) {
    float[] velocity = new float[chunkValues];
    session.velocity(x, t, velocity);
    return velocity;
  }

  private void visionQuantities(int sample, Map<String, float[]> computed) {
    int pixels = 3 * config.imageHeight() * config.imageWidth();
    int width = config.vitEmbedDim();
    int tokens = config.cameras().isEmpty() ? 0 : PolicyNetwork.tokensPerCamera(config);
    for (int camera = 0; camera < config.cameras().size(); camera++) {
      String key = config.cameras().get(camera).key();
      int at = camera * tokens * width;
      collect(computed, "resized." + key, sample, copy(session.encodedImages(), camera * pixels, pixels));
      collect(computed, "vit." + key, sample, copy(session.visionTokens(), at, width));
      if (config.patchTokens()) {
        collect(computed, "vit_patches." + key, sample, copy(session.visionTokens(), at + width, (tokens - 1) * width));
      }
    }
  }

  /** (noise - action - v(x_t, t))^2 of each value; padded action dimensions are part of it, as in the original. */
  private float[] squaredErrors(int sample, float t) {
    float[] action = new float[chunkValues];
    float[] given = part("in.action", sample);
    for (int i = 0; i < given.length; i++) {
      action[i / config.actionDim() * config.maxActionDim() + i % config.actionDim()] = given[i];
    }
    float[] noise = part("in.noise", sample);
    float[] point = new float[chunkValues];
    float[] errors = new float[chunkValues];
    ProbabilityPath.at(noise, action, t, point);
    ProbabilityPath.target(noise, action, errors);
    float[] velocity = velocity(point, t);
    for (int i = 0; i < chunkValues; i++) {
      errors[i] = (errors[i] - velocity[i]) * (errors[i] - velocity[i]);
    }
    return errors;
  }

  private void losses(Map<String, float[]> computed) {
    float[] errors = computed.get("losses");
    float[] padded = golden.floats("in.action_is_pad");
    double sum = 0;
    double kept = 0;
    for (int i = 0; i < errors.length; i++) {
      sum += errors[i];
      kept += padded[i / config.maxActionDim()] == 0 ? errors[i] : 0;
    }
    computed.put("loss", new float[] {(float) (sum / errors.length)});
    computed.put("loss_masked", new float[] {(float) (kept / errors.length)});
  }

  private float[] part(String name, int sample) {
    return observations.part(name, sample);
  }

  private static float[] copy(FloatBuffer from, int offset, int count) {
    float[] values = new float[count];
    from.get(offset, values);
    return values;
  }

  /** Puts one sample's values behind each other, as the batch lies in the file. */
  private void collect(Map<String, float[]> computed, String quantity, int sample, float[] values) {
    float[] all = computed.computeIfAbsent(quantity, key -> new float[batch * values.length]);
    System.arraycopy(values, 0, all, sample * values.length, values.length);
  }
}
