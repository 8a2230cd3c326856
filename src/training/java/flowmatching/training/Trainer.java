package flowmatching.training;

import flowmatching.BadInputException;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.data.Batch;
import flowmatching.training.data.BatchSource;
import flowmatching.training.distributed.GradientReducer;
import flowmatching.training.distributed.WorkerGroup;
import flowmatching.training.torch.AdamW;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NativeScope;
import flowmatching.training.torch.NetworkParameters;
import flowmatching.training.torch.WeightAverage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a network, step by step. What a step does depends on the weights, the optimizer's state, the step's number and the batch
 * alone, so a run that goes on from a checkpoint gives, on the CPU and with the same number of threads, the same weights bit for bit.
 *
 * <p>Used by one thread.
 */
public final class Trainer implements AutoCloseable {
  private final FlowMatchingConfig config;
  private final NetworkParameters parameters;
  private final Compute compute;
  private final TrainerOptions options;
  private final FlowNoise noise;
  private final FlowMatchingLoss loss;
  private final List<ParameterGroup> groups;
  private final List<Tensor> trained = new ArrayList<>();
  private final WeightAverage average;
  private GradientReducer reducer;
  private long step;
  private long drawsAhead;

  /**
   * What a step did.
   *
   * @param step its number, counted from 1
   * @param loss mean over this process's batches, before the weights changed
   * @param gradientNorm Euclidean norm of the gradient before it was clipped
   * @param learningRate that it used, without the vision encoder's factor
   */
  public record StepResult(long step, double loss, double gradientNorm, double learningRate) {}

  /** @param parameters start values, which training changes; they stay the caller's to close */
  public Trainer(
      FlowMatchingConfig config, PolicyProcessors processors, NetworkParameters parameters, Compute compute, TrainerOptions options) {
    this(config, processors, parameters, compute, options, FlowNoise.ofSeed(options.seed()));
  }

  Trainer(
      FlowMatchingConfig config, PolicyProcessors processors, NetworkParameters parameters, Compute compute, TrainerOptions options,
      FlowNoise noise) {
    this.config = config;
    this.parameters = parameters;
    this.compute = compute;
    this.options = options;
    this.noise = noise;
    this.groups = ParameterGroup.of(parameters, options.optimizer());
    groups.forEach(group -> trained.addAll(parameters.all(group.names())));
    this.loss = new FlowMatchingLoss(config, processors, parameters, compute, true);
    this.average = options.emaDecay() > 0 ? new WeightAverage(parameters, options.emaDecay()) : null;
  }

  /**
   * Trains together with the other processes of a run: all begin with the weights that rank 0 has, and each step uses the mean of
   * their gradients.
   *
   * @param group stays open for as long as the trainer
   */
  public void join(WorkerGroup group) {
    NativeScope.run(() -> group.broadcast(parameters.byName().values().stream().map(Tensor::detach).toList()));
    Map<String, Tensor> byName = new LinkedHashMap<>();
    groups.forEach(part -> part.names().forEach(name -> byName.put(name, parameters.get(name))));
    reducer = group.reducer(byName);
  }

  /** Steps done. */
  public long step() {
    return step;
  }

  /** The weights that a policy is to run with: their moving average where there is one. Not to be changed. */
  public NetworkParameters weights() {
    return average == null ? parameters : average.parameters();
  }

  /**
   * Does the next step.
   *
   * @throws BadInputException where loss or gradient is not finite, naming the samples; the weights are then still those of before
   */
  public StepResult step(BatchSource source) {
    double mean = 0;
    List<Integer> samples = new ArrayList<>();
    for (int part = 0; part < options.accumulation(); part++) {
      Batch batch = source.batch(step * options.accumulation() + part);
      mean += backward(batch, part == options.accumulation() - 1) / options.accumulation();
      for (int index : batch.indices()) {
        samples.add(index);
      }
    }
    double norm = AdamW.gradientNorm(trained);
    if (!Double.isFinite(norm)) {
      throw notFinite("the gradient", samples);
    }
    double limit = options.optimizer().gradClipNorm();
    double scale = limit > 0 ? Math.min(1, limit / (norm + 1e-6)) : 1;
    double learningRate = options.optimizer().lr() * options.schedule().factor(step);
    groups.forEach(group -> group.optimizer().step(learningRate * group.factor(), scale));
    NativeScope.run(() -> trained.forEach(parameter -> parameter.mutable_grad().reset()));
    if (average != null) {
      average.update(parameters, step);
    }
    step++;
    return new StepResult(step, mean, norm, learningRate);
  }

  /** Adds a batch's share to the gradients and returns its loss. */
  private double backward(Batch batch, boolean last) {
    // Dropout draws from libtorch's generator; the flow's noise has keys of its own.
    torch.manual_seed(FlowNoise.key(~options.seed(), batch.draws()[0]));
    return NativeScope.call(() -> {
      // What the backward pass needs it holds itself, and drops piece by piece.
      Tensor errors = NativeScope.keepResult(() -> errors(batch));
      Tensor mean = errors.mean();
      double value = mean.item_double();
      if (!Double.isFinite(value)) {
        throw notFinite("the loss", notFiniteSamples(batch, errors));
      }
      Tensor share = mean.div(new Scalar(options.accumulation()));
      if (reducer == null) {
        share.backward();
      } else {
        reducer.backward(share, last);
      }
      return value;
    });
  }

  private Tensor errors(Batch batch) {
    int values = config.chunkLength() * config.maxActionDim();
    float[] drawn = new float[batch.size() * values];
    float[] times = new float[batch.size()];
    for (int i = 0; i < batch.size(); i++) {
      times[i] = noise.fill(batch.draws()[i], drawn, i * values, values);
    }
    long[] shape = {batch.size(), config.chunkLength(), config.maxActionDim()};
    return loss.errors(batch, HostTensor.copy(drawn, shape, compute), HostTensor.copy(times, new long[] {times.length}, compute));
  }

  private static List<Integer> notFiniteSamples(Batch batch, Tensor errors) {
    float[] sums = HostTensor.floats(errors.flatten(1, 2).sum(1));
    List<Integer> samples = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      if (!Float.isFinite(sums[i])) {
        samples.add(batch.indices()[i]);
      }
    }
    return samples;
  }

  private BadInputException notFinite(String what, List<Integer> samples) {
    return new BadInputException(
        "step " + (step + 1) + ": " + what + " is not finite for the data set's frames " + samples
            + "; look at them, or train with a smaller optimizer.lr or in float32");
  }

  FlowMatchingConfig config() {
    return config;
  }

  NetworkParameters parameters() {
    return parameters;
  }

  TrainerOptions options() {
    return options;
  }

  List<ParameterGroup> groups() {
    return groups;
  }

  /** The averaged weights, or null. */
  WeightAverage average() {
    return average;
  }

  /**
   * Samples that the run has drawn beyond what its steps would draw as it is now: its batches or processes were others before it was
   * resumed. Negative where they were fewer.
   */
  public long drawsAhead() {
    return drawsAhead;
  }

  /** Goes on after {@code done} steps, with weights and moments that were set before. */
  void resumeAt(long done, long drawsAhead) {
    step = done;
    this.drawsAhead = drawsAhead;
    groups.forEach(group -> group.optimizer().setSteps(done));
  }

  @Override
  public void close() {
    if (reducer != null) {
      reducer.close();
    }
    groups.forEach(group -> group.optimizer().close());
    if (average != null) {
      average.close();
    }
  }
}
