package flowmatching.training.torch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019) over one group of parameters, by libtorch's fused kernel: one pass over the weights instead of
 * the ten that libtorch's own C++ optimizer makes.
 */
public final class AdamW implements AutoCloseable {
  private static final String FUSED = "aten::_fused_adamw_";

  private final List<Tensor> parameters;
  private final List<Tensor> means = new ArrayList<>();
  private final List<Tensor> squares = new ArrayList<>();
  private final Tensor step;
  private final Settings settings;

  /** As in {@code torch.optim.AdamW}. */
  public record Settings(double beta1, double beta2, double eps, double weightDecay) {}

  /**
   * Starts with zeros. To be made outside a {@link NativeScope}, since it lasts.
   *
   * @param parameters one or more, all on the same device
   */
  public AdamW(List<Tensor> parameters, Settings settings) {
    this.parameters = List.copyOf(parameters);
    this.settings = settings;
    for (Tensor parameter : parameters) {
      means.add(torch.zeros_like(parameter));
      squares.add(torch.zeros_like(parameter));
    }
    // All parameters have the same number of steps behind them, so they share one tensor.
    step = parameters.get(0).new_zeros(new long[0]);
  }

  /** Euclidean norm of all gradients of some parameters together. */
  public static double gradientNorm(Collection<Tensor> parameters) {
    return NativeScope.call(() -> {
      TensorVector norms = new TensorVector();
      parameters.forEach(parameter -> norms.push_back(parameter.grad().norm()));
      return torch.stack(norms).norm().item_double();
    });
  }

  /**
   * One step along the gradients, which every parameter has.
   *
   * @param learningRate of this step
   * @param gradientScale what gradients are multiplied with first, 1 or less where they are clipped
   */
  public void step(double learningRate, double gradientScale) {
    NativeScope.runWithoutGradients(() -> {
      step.add_(new Scalar(1));
      List<Tensor> gradients = new ArrayList<>();
      List<Tensor> steps = new ArrayList<>();
      for (Tensor parameter : parameters) {
        gradients.add(parameter.grad());
        steps.add(step);
      }
      IValue divisor = gradientScale == 1 ? TorchOperator.none() : new IValue(step.new_full(new long[0], new Scalar(1 / gradientScale)));
      TorchOperator.call(FUSED,
          TorchOperator.list(parameters), TorchOperator.list(gradients), TorchOperator.list(means), TorchOperator.list(squares),
          TorchOperator.list(List.of()), TorchOperator.list(steps), new IValue(learningRate), new IValue(settings.beta1),
          new IValue(settings.beta2), new IValue(settings.weightDecay), new IValue(settings.eps), new IValue(false), new IValue(false),
          divisor, TorchOperator.none());
    });
  }

  /** Running means of the gradients, one a parameter. */
  public List<Tensor> means() {
    return means;
  }

  /** Running means of the gradients' squares, one a parameter. */
  public List<Tensor> squares() {
    return squares;
  }

  /** Steps taken. */
  public long steps() {
    return NativeScope.call(() -> step.item_long());
  }

  /** Goes on after {@code taken} steps; the moments are set through {@link #means} and {@link #squares}. */
  public void setSteps(long taken) {
    NativeScope.runWithoutGradients(() -> step.fill_(new Scalar(taken)));
  }

  @Override
  public void close() {
    means.forEach(Tensor::close);
    squares.forEach(Tensor::close);
    step.close();
  }
}
