package flowmatching.training.distributed;

import flowmatching.training.torch.Compute;
import java.io.IOException;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Fits y = w x + b by gradient descent, each process with its share of eight samples, and prints what came out: what
 * {@link WorkerGroupTest} starts. An argument names a step at which rank 1 dies.
 */
public final class WorkerMain {
  private static final int SAMPLES = 8;
  private static final int STEPS = 20;

  private WorkerMain() {}

  @SuppressWarnings("try") // the scopes free what is made inside
  public static void main(String[] arguments) throws IOException {
    int death = arguments.length > 0 ? Integer.parseInt(arguments[0]) : -1;
    WorkerEnvironment environment = WorkerEnvironment.of(System.getenv());
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = new LinkedHashMap<>();
      // Different in each process until they are broadcast.
      parameters.put("w", torch.full(new long[] {3}, new Scalar(0.1 + environment.rank())).requires_grad_(true));
      parameters.put("b", torch.full(new long[] {1}, new Scalar(0.2 * environment.rank())).requires_grad_(true));
      if (environment.size() == 1) {
        fit(parameters, null, environment, death);
      } else {
        try (WorkerGroup group = WorkerGroup.join(environment, new Compute("cpu", Compute.Precision.FP32, 1))) {
          if (!environment.served()) {
            // Rank 0's store: the others may still be reading addresses from it when rank 0 is done with it.
            new Socket(environment.host(), environment.port()).close();
          }
          group.broadcast(parameters.values().stream().map(Tensor::detach).toList());
          try (GradientReducer reducer = group.reducer(parameters)) {
            fit(parameters, reducer, environment, death);
          }
          group.barrier();
        }
      }
      StringBuilder line = new StringBuilder();
      for (Tensor parameter : parameters.values()) {
        for (int i = 0; i < parameter.numel(); i++) {
          line.append(String.format(Locale.ROOT, "%.9f ", parameter.data_ptr_float().get(i)));
        }
      }
      System.out.println(line); // at once: under torchrun the others print to the same pipe
    } catch (WorkerLostException e) {
      System.out.println("lost: " + e.getMessage());
      System.exit(3);
    }
    System.exit(0);
  }

  @SuppressWarnings("try")
  private static void fit(Map<String, Tensor> parameters, GradientReducer reducer, WorkerEnvironment environment, int death) {
    int share = SAMPLES / environment.size();
    for (int step = 0; step < STEPS; step++) {
      if (step == death && environment.rank() == 1) {
        Runtime.getRuntime().halt(9);
      }
      try (PointerScope pass = new PointerScope()) {
        Tensor x = samples(environment.rank() * share, share, step);
        // Two passes a step, of which only the second averages.
        for (int part = 0; part < 2; part++) {
          Tensor half = x.narrow(0, part * share / 2, share / 2);
          Tensor predicted = half.mul(parameters.get("w")).sum(1).add(parameters.get("b"));
          Tensor loss = predicted.sub(half.sum(1)).pow(new Scalar(2)).mean().mul(new Scalar(0.5));
          if (reducer == null) {
            loss.backward();
          } else {
            reducer.backward(loss, part == 1);
          }
        }
        for (Tensor parameter : parameters.values()) {
          parameter.detach().sub_(parameter.grad().mul(new Scalar(0.05)));
          parameter.grad().zero_();
        }
      }
    }
  }

  private static Tensor samples(int from, int count, int step) {
    Tensor all = torch.arange(new Scalar(SAMPLES * 3)).to(torch.ScalarType.Float).mul(new Scalar(0.37)).add(new Scalar(step)).sin();
    return all.view(SAMPLES, 3).narrow(0, from, count);
  }
}
