package flowmatching.training.distributed;

import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.javacpp.chrono.Minutes;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BackendOptional;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroup;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * The processes of a training run, over PyTorch's own c10d: Gloo between CPUs, NCCL between GPUs. Every method must be called by all
 * processes, in the same order; where one of them has died the others get a {@link WorkerLostException}.
 */
public final class WorkerGroup implements AutoCloseable {
  /** How long a process waits for the others: long enough for one of them to download a data set or to write a checkpoint. */
  private static final int PATIENCE_MINUTES = 30;
  private static final long BROADCAST_BYTES = 1 << 26;
  private static final Pattern BETWEEN_PROCESSES = Pattern.compile("gloo|nccl|c10d|timed out|connection", Pattern.CASE_INSENSITIVE);

  private final Compute compute;
  private final ProcessGroup group;
  private final Store store;

  @SuppressWarnings("try") // the scope frees what is made inside
  private WorkerGroup(WorkerEnvironment environment, Compute compute) {
    this.compute = compute;
    try (PointerScope temporary = new PointerScope()) {
      Milliseconds patience = new Milliseconds(new Minutes(PATIENCE_MINUTES));
      store = store(environment, patience);
      // As Python's own rendezvous names it, so that processes of both could meet.
      Store attempt = new PrefixStore("/worker/attempt_" + environment.attempt(), store);
      DeviceType device = compute.device().type().intern();
      boolean gpu = device == DeviceType.CUDA;
      Backend backend = gpu ? new ProcessGroupNCCL(attempt, environment.rank(), environment.size())
          : new ProcessGroupGloo(attempt, environment.rank(), environment.size(), ProcessGroupGloo.Options.create_default(patience));
      backend.setTimeout(patience); // NCCL's own is ten minutes
      ProcessGroup.BackendType type = gpu ? ProcessGroup.BackendType.NCCL : ProcessGroup.BackendType.GLOO;
      group = new ProcessGroup(environment.rank(), environment.size()); // with a store it aborts the process (2.13)
      group.setBackend(device, type, new BackendOptional(backend));
      group.setDefaultBackend(type);
      group.retainReference(); // it holds the backend itself
      // It does not hold the store, and rank 0's is where the others may still be reading addresses.
      store.retainReference();
    } catch (RuntimeException e) {
      throw new WorkerLostException("the other processes of this run cannot be met at " + environment.host() + ":" + environment.port(), e);
    }
  }

  static Store store(WorkerEnvironment environment, Milliseconds patience) {
    TCPStoreOptions options = new TCPStoreOptions();
    options.port((short) environment.port());
    options.isServer(!environment.served() && environment.rank() == 0);
    options.waitWorkers(!environment.served());
    options.numWorkers(new SizeTPointer(1).put(environment.size()));
    options.timeout(patience);
    return new TCPStore(environment.host(), options);
  }

  /**
   * Meets the other processes; waits for them.
   *
   * @param compute where tensors are; each process of a machine has a GPU of its own
   * @throws WorkerLostException where they do not come
   */
  public static WorkerGroup join(WorkerEnvironment environment, Compute compute) {
    return new WorkerGroup(environment, compute);
  }

  ProcessGroup processes() {
    return group;
  }

  /** Gives every process the values that rank 0 has. */
  public void broadcast(List<Tensor> tensors) {
    together(() -> torch.broadcast_coalesced(group, new TensorVector(tensors.toArray(new Tensor[0])), BROADCAST_BYTES, 0));
  }

  /** The sums of values over all processes. */
  public float[] sum(float... values) {
    float[][] sums = new float[1][];
    together(() -> {
      Tensor tensor = HostTensor.copy(values, new long[] {values.length}, compute);
      group.allreduce(new TensorVector(tensor))._wait();
      sums[0] = HostTensor.floats(tensor);
    });
    return sums[0];
  }

  /** Waits until every process is here. */
  public void barrier() {
    together(() -> group.barrier()._wait());
  }

  @SuppressWarnings("try") // the scope frees what is made inside
  static void together(Runnable work) {
    try (PointerScope temporary = new PointerScope()) {
      work.run();
    } catch (RuntimeException e) {
      // Neither Gloo nor NCCL has a class of its own for what goes wrong between processes.
      if (BETWEEN_PROCESSES.matcher(String.valueOf(e.getMessage())).find()) {
        throw new WorkerLostException("another process of this run has ended or does not answer", e);
      }
      throw e;
    }
  }

  /** Makes gradients of the same parameters equal in all processes; close it before the group. */
  public GradientReducer reducer(Map<String, Tensor> parameters) {
    return new GradientReducer(this, parameters);
  }

  @Override
  public void close() {
    group.releaseReference();
    store.releaseReference();
  }
}
