package flowmatching.training.distributed;

import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolVector;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Reducer;
import org.bytedeco.pytorch.SizeTStringMap;
import org.bytedeco.pytorch.SizeTVector;
import org.bytedeco.pytorch.SizeTVectorVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Averages gradients over the processes of a run while the backward pass still computes others: c10d's own Reducer, used as PyTorch's
 * DistributedDataParallel uses it. Every parameter must get a gradient in every pass.
 */
public final class GradientReducer implements AutoCloseable {
  /** DistributedDataParallel's: gradients travel in buckets, the first a small one. */
  private static final long FIRST_BUCKET = 1 << 20;
  private static final long BUCKET = 25 << 20;

  private final Reducer reducer;

  @SuppressWarnings("try") // the scope frees what is made inside
  GradientReducer(WorkerGroup group, Map<String, Tensor> parameters) {
    try (PointerScope temporary = new PointerScope()) {
      TensorVector tensors = new TensorVector(parameters.values().toArray(new Tensor[0]));
      BoolVector sparse = new BoolVector(parameters.size());
      SizeTStringMap names = new SizeTStringMap();
      long index = 0;
      for (String name : parameters.keySet()) {
        names.put(index++, name);
      }
      SizeTVectorVector buckets = torch.compute_bucket_assignment_by_size(tensors, new SizeTVector(FIRST_BUCKET, BUCKET)).get0();
      // Gradients come from the network's end, so its buckets are first. With gradients as views of buckets an optimizer that lets go
      // of a gradient would let go of its bucket.
      reducer = new Reducer(tensors, reversed(buckets), group.processes(), sparse, BUCKET, false, false, names, FIRST_BUCKET, false,
          false, new LongVector());
      reducer.retainReference();
    }
  }

  private static SizeTVectorVector reversed(SizeTVectorVector buckets) {
    SizeTVectorVector reversed = new SizeTVectorVector(buckets.size());
    for (long i = 0; i < buckets.size(); i++) {
      reversed.put(i, buckets.get(buckets.size() - 1 - i));
    }
    return reversed;
  }

  /**
   * The backward pass.
   *
   * @param loss of this process's samples, their mean
   * @param average false where more passes add to the same gradients before they are used; the last one averages their sum
   * @throws WorkerLostException where another process has died
   */
  public void backward(Tensor loss, boolean average) {
    if (!average) {
      loss.backward();
      return;
    }
    WorkerGroup.together(() -> {
      reducer.rebuild_buckets(); // once, in the order in which gradients really came
      reducer.prepare_for_backward(new TensorVector());
      loss.backward();
    });
  }

  @Override
  public void close() {
    reducer.remove_autograd_hooks();
    reducer.releaseReference();
  }
}
